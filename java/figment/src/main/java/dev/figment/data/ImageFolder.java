package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * PNG and JPEG files of any sizes in a folder and the folders in it, decoded once, all processors
 * at it, to the middle square of each, resized.
 *
 * <p>The size is the one asked for; else the one that all images share, if it is a square of at
 * most 128 pixels; else 64. The channels are those asked for; else 3 if any file is in colour, and
 * 1 if none is. Where all images lie in subfolders, the subfolders, in the order of their names,
 * are the classes. Names that begin with a dot are left out.
 *
 * <p>The decoded images stay in memory as bytes up to {@link PixelStore#memoryLimit()}, and go to a
 * temporary file beyond it.
 */
final class ImageFolder {
  private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg");
  private static final int USUAL_SIDE = 64;
  private static final int LARGEST_OWN_SIDE = 128;
  private static final int NAMED_FILES = 3;
  private static final long NOTICE_NANOS = 10_000_000_000L;

  private final Path root;
  private final DataRequest request;
  private final Consumer<String> notice;
  private final List<Path> files;
  private final String[] faults; // why a file is left out; null for those that are taken

  private ImageFolder(Path root, DataRequest request, Consumer<String> notice) {
    this.root = root;
    this.request = request;
    this.notice = notice;
    files = images(root);
    faults = new String[files.size()];
  }

  /** Whether a folder holds an image that this class would read. */
  static boolean isOne(Path folder) {
    return walked(folder, files -> files.findAny().isPresent());
  }

  /** Reads all images. */
  static ImageDataset open(Path root, DataRequest request, Consumer<String> notice) {
    return new ImageFolder(root, request, notice).open();
  }

  /** Sorted, so that the same files give the same data on every machine. */
  private static List<Path> images(Path root) {
    return walked(root, files -> files.sorted().toList());
  }

  private static <T> T walked(Path root, Function<Stream<Path>, T> use) {
    try (Stream<Path> walk = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      return use.apply(walk.filter(file -> isImage(root, file)));
    } catch (IOException e) {
      throw IoFailure.reading(root, e);
    } catch (UncheckedIOException e) {
      throw IoFailure.reading(root, e.getCause());
    }
  }

  private static boolean isImage(Path root, Path file) {
    for (Path part : root.relativize(file)) {
      if (part.toString().startsWith(".")) {
        return false;
      }
    }
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1)) && Files.isRegularFile(file);
  }

  private ImageDataset open() {
    ImageFile.Header[] headers = headers();
    int side = request.imageSize() == null ? side(headers) : request.imageSize();
    int channels = request.channels() == null ? channels(headers) : request.channels();
    int bytes = side * side * channels;
    try (PixelStore.Writer writer =
        new PixelStore.Writer(
            files.size(), bytes, PixelStore.memoryLimit(), VerifiedCache.userCaches())) {
      forAll(
          "Decoded",
          i -> faults[i] == null,
          i -> {
            Picture picture = ImageFile.read(files.get(i));
            writer.put(i, picture.square(side).withChannels(channels).pixels());
          });
      int[] taken = taken();
      if (taken.length < files.size()) {
        notice.accept(leftOut(files.size() - taken.length));
      }
      PixelStore pixels = writer.finish(taken);
      if (pixels.isMapped()) {
        notice.accept(
            "The decoded images are more than the %d MB to be held in memory: they lie in a temporary file in %s"
                .formatted(PixelStore.memoryLimit() >> 20, VerifiedCache.userCaches()));
      }
      return new ImageDataset(request.data(), side, side, channels, pixels, labels(taken));
    }
  }

  private ImageFile.Header[] headers() {
    ImageFile.Header[] headers = new ImageFile.Header[files.size()];
    forAll("Looked at", i -> true, i -> headers[i] = ImageFile.header(files.get(i)));
    if (taken().length == 0) {
      throw new FigmentException(
          "--data %s: none of its %d PNG and JPEG files can be read (%s); give a folder of images."
              .formatted(root, files.size(), fault(0)));
    }
    return headers;
  }

  private int side(ImageFile.Header[] headers) {
    int[] taken = taken();
    ImageFile.Header first = headers[taken[0]];
    boolean alike =
        Arrays.stream(taken)
            .allMatch(
                i -> headers[i].height() == first.height() && headers[i].width() == first.height());
    return alike && first.height() <= LARGEST_OWN_SIDE ? first.height() : USUAL_SIDE;
  }

  private int channels(ImageFile.Header[] headers) {
    int[] taken = taken();
    int colour = (int) Arrays.stream(taken).filter(i -> headers[i].colour()).count();
    if (colour > 0 && colour < taken.length) {
      notice.accept(
          "%d of the %d images are grey and are taken as colour; --channels 1 takes all as grey."
              .formatted(taken.length - colour, taken.length));
    }
    return colour > 0 ? 3 : 1;
  }

  /** What is done with a file; the exception says why the file is left out. */
  private interface Use {
    void of(int file) throws ImageFile.UnreadableException;
  }

  private void forAll(String done, IntPredicate wanted, Use use) {
    AtomicInteger count = new AtomicInteger();
    AtomicLong next = new AtomicLong(System.nanoTime() + NOTICE_NANOS);
    IntStream.range(0, files.size())
        .parallel()
        .filter(wanted)
        .forEach(
            i -> {
              try {
                use.of(i);
              } catch (ImageFile.UnreadableException e) {
                faults[i] = e.getMessage();
              }
              count.incrementAndGet();
              long due = next.get();
              if (System.nanoTime() > due && next.compareAndSet(due, due + NOTICE_NANOS)) {
                notice.accept("%s %,d of %,d images".formatted(done, count.get(), files.size()));
              }
            });
    if (request.strict()) {
      Arrays.stream(faulty())
          .findFirst()
          .ifPresent(
              i -> {
                throw new FigmentException(
                    "--data %s: %s; mend or remove it, or leave out --strict, which stops at such a file."
                        .formatted(root, fault(i)));
              });
    }
  }

  private int[] taken() {
    return IntStream.range(0, faults.length).filter(i -> faults[i] == null).toArray();
  }

  private int[] faulty() {
    return IntStream.range(0, faults.length).filter(i -> faults[i] != null).toArray();
  }

  private String fault(int i) {
    return IoFailure.quote(root.relativize(files.get(i)).toString()) + ": " + faults[i];
  }

  private String leftOut(int count) {
    List<String> some = Arrays.stream(faulty()).limit(NAMED_FILES).mapToObj(this::fault).toList();
    return "Left out %d of the %d files, which cannot be read: %s%s"
        .formatted(
            count, files.size(), String.join("; ", some), count > some.size() ? "; ..." : "");
  }

  /** Null where an image lies in the folder itself, or where there are more classes than bytes. */
  private ImageDataset.Labels labels(int[] taken) {
    List<String> owners =
        Arrays.stream(taken).mapToObj(i -> root.relativize(files.get(i)).getName(0) + "").toList();
    boolean flat =
        Arrays.stream(taken).anyMatch(i -> root.relativize(files.get(i)).getNameCount() == 1);
    List<String> names = owners.stream().distinct().sorted().toList();
    if (flat) {
      return null;
    }
    if (names.size() > ImageDataset.MOST_CLASSES) {
      notice.accept(
          "The %d subfolders are more than the %d classes that labels can tell apart: the images are taken without labels."
              .formatted(names.size(), ImageDataset.MOST_CLASSES));
      return null;
    }
    byte[] values = new byte[taken.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) names.indexOf(owners.get(i));
    }
    return new ImageDataset.Labels(values, names);
  }
}
