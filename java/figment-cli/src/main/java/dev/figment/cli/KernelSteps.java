package dev.figment.cli;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.KernelLaunch;
import dev.figment.model.GanArchitecture;
import dev.figment.model.VaeArchitecture;
import dev.figment.train.GanConfig;
import dev.figment.train.GanTrainer;
import dev.figment.train.Trainer;
import dev.figment.train.VaeConfig;
import dev.figment.train.VaeTrainer;
import java.io.PrintWriter;
import java.util.List;

/** Lists what one training step launches. */
final class KernelSteps {
  private KernelSteps() {}

  /**
   * The launches of a GAN's step as the trainer records it for replay, on the simulated GPU. They
   * depend on sizes alone: the images are blank.
   */
  static List<KernelLaunch> ofGan(GanConfig config) {
    GanArchitecture sizes = config.architecture();
    ImageDataset blank = blank(config.batch(), sizes.height(), sizes.width(), sizes.channels());
    try (Device device = Devices.open("sim", 0).device();
        GanTrainer trainer = new GanTrainer(device, config, blank)) {
      record(trainer);
      return trainer.launches();
    }
  }

  /** Those of a VAE's step, alike. */
  static List<KernelLaunch> ofVae(VaeConfig config) {
    VaeArchitecture sizes = config.architecture();
    ImageDataset blank = blank(config.batch(), sizes.height(), sizes.width(), sizes.channels());
    try (Device device = Devices.open("sim", 0).device();
        VaeTrainer trainer = new VaeTrainer(device, config, blank)) {
      record(trainer);
      return trainer.launches();
    }
  }

  private static ImageDataset blank(int images, int height, int width, int channels) {
    byte[] pixels = new byte[images * height * width * channels];
    return new ImageDataset("blank", images, height, width, channels, pixels, null);
  }

  /** The first step allocates, the second records. */
  private static void record(Trainer<?> trainer) {
    trainer.step();
    trainer.step();
  }

  static void print(PrintWriter out, List<KernelLaunch> launches) {
    int names = launches.stream().mapToInt(it -> it.kernel().length()).max().orElse(0);
    String row = "%3s  %-" + names + "s  %12s  %7s  %6s%n";
    out.printf(row, "", "kernel", "grid", "block", "shared");
    int number = 0;
    for (KernelLaunch launch : launches) {
      number++;
      if (launch.isCopy()) {
        out.printf(row, number, launch.kernel(), "", "", "");
      } else {
        out.printf(
            row,
            number,
            launch.kernel(),
            size(launch.gridX(), launch.gridY()),
            size(launch.blockX(), launch.blockY()),
            launch.sharedBytes());
      }
    }
    long kernels = launches.stream().filter(launch -> !launch.isCopy()).count();
    out.printf(
        "%d launches and %d copies, replayed as one graph. shared: dynamic, bytes a block.%n",
        kernels, launches.size() - kernels);
  }

  private static String size(int x, int y) {
    return y == 1 ? "" + x : x + "x" + y;
  }
}
