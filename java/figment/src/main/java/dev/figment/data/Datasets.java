package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Finds and reads training data by what a user calls it: a known name, a folder or a file. */
public final class Datasets {
  /** Data sets that are fetched on first use. */
  public static final List<String> NAMES = List.of(FashionMnist.NAME, Mnist.NAME, Emoji.NAME);

  private Datasets() {}

  /**
   * Opens training data.
   *
   * @param request which; its data are one of {@link #NAMES}, which is fetched on first use; a
   *     folder with {@code train-images-idx3-ubyte} or with exactly one idx3 file; a folder of PNG
   *     and JPEG files; an idx file; or an .npy file. Idx files may be gzip-compressed.
   * @param notice takes a line for the user when something takes long or is left out; any thread
   *     calls it
   * @throws FigmentException when there is none, or it cannot be read
   */
  public static ImageDataset open(DataRequest request, Consumer<String> notice) {
    return formed(find(request, notice), request).augmentedBy(request.augmentation());
  }

  /**
   * Opens training data, and images held out from training, which augmentation does not change: the
   * test set of a data set that has one, as fashion-mnist, mnist and folders with {@code
   * t10k-images-idx3-ubyte} do; of others a tenth, always the same.
   *
   * @param request as of {@link #open}
   */
  public static SplitImages split(DataRequest request, Consumer<String> notice) {
    ImageDataset data = formed(find(request, notice), request);
    ImageDataset test = findTest(request, notice);
    SplitImages split =
        test == null ? SplitImages.of(data) : new SplitImages(data, formed(test, request));
    return new SplitImages(split.training().augmentedBy(request.augmentation()), split.heldOut());
  }

  private static ImageDataset findTest(DataRequest request, Consumer<String> notice) {
    switch (request.data()) {
      case FashionMnist.NAME:
        return FashionMnist.ofThisMachine(notice).openTest();
      case Mnist.NAME:
        return Mnist.ofThisMachine(notice).openTest();
      case Emoji.NAME:
        return null;
      default:
        Path path = path(request.data());
        return Files.isDirectory(path) && IdxFolder.namesTraining(path)
            ? IdxFolder.openTest(path, request.data() + " test")
            : null;
    }
  }

  /** In the size and with the channels asked for. */
  private static ImageDataset formed(ImageDataset data, DataRequest request) {
    int side = request.imageSize() == null ? 0 : request.imageSize();
    int channels = request.channels() == null ? data.channels() : request.channels();
    if (side == 0 && channels != data.channels()) {
      side = Math.min(data.height(), data.width());
    }
    return side == 0 ? data : data.resized(side, channels);
  }

  private static ImageDataset find(DataRequest request, Consumer<String> notice) {
    String data = request.data();
    switch (data) {
      case FashionMnist.NAME:
        return FashionMnist.ofThisMachine(notice).open();
      case Mnist.NAME:
        return Mnist.ofThisMachine(notice).open();
      case Emoji.NAME:
        return Emoji.ofThisMachine(notice).open();
      default:
        return find(path(data), request, notice);
    }
  }

  private static Path path(String data) {
    try {
      return Path.of(data);
    } catch (InvalidPathException e) {
      throw new FigmentException("--data " + IoFailure.quote(data) + " is no path", e);
    }
  }

  private static ImageDataset find(Path path, DataRequest request, Consumer<String> notice) {
    if (Files.isDirectory(path)) {
      if (IdxFolder.isOne(path)) {
        return IdxFolder.open(path, request.data());
      }
      if (ImageFolder.isOne(path)) {
        return ImageFolder.open(path, request, notice);
      }
      throw new FigmentException(
          "--data %s: the folder holds no PNG or JPEG file and no idx file of images (idx3 in its name); give a folder that does, or name a file."
              .formatted(path));
    }
    if (!Files.exists(path)) {
      throw new FigmentException(
          "--data %s: there is no such file or folder; give one, or one of the names %s"
              .formatted(request.data(), String.join(", ", NAMES)));
    }
    boolean npy = path.toString().toLowerCase(Locale.ROOT).endsWith(".npy");
    return npy ? NpyFile.read(path, request.data()) : IdxFolder.read(path, request.data());
  }
}
