package dev.figment.cli;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.KernelLaunch;
import dev.figment.train.GanConfig;
import dev.figment.train.GanTrainer;
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
    int images = config.batch();
    int height = config.architecture().height();
    int width = config.architecture().width();
    int channels = config.architecture().channels();
    byte[] pixels = new byte[images * height * width * channels];
    ImageDataset blank = new ImageDataset("blank", images, height, width, channels, pixels, null);
    try (Device device = Devices.open("sim", 0).device();
        GanTrainer trainer = new GanTrainer(device, config, blank)) {
      trainer.step();
      trainer.step(); // the first allocates, the second records
      return trainer.launches();
    }
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
