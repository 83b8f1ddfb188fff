package dev.figment.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Google's emoji (Noto) as 3,786 images of 64 x 64 in colour on white, with their Unicode groups as
 * labels, fetched from an npm package into a per-user cache on first use. The cache holds them
 * decoded, in idx files.
 *
 * <p>Source: the npm package emoji-datasource-google; the drawings are under the Apache License
 * 2.0.
 */
final class Emoji {
  static final String NAME = "emoji";

  private static final String IMAGES = "emoji-images-idx4-ubyte";
  private static final String LABELS = "emoji-labels-idx1-ubyte";

  /** The labels, by number. */
  static final List<String> GROUPS =
      List.of(
          "Activities",
          "Animals & Nature",
          "Component",
          "Flags",
          "Food & Drink",
          "Objects",
          "People & Body",
          "Smileys & Emotion",
          "Symbols",
          "Travel & Places");

  /** SHA-256 of the decoded files. */
  static final Map<String, String> SHA256 =
      Map.of(
          IMAGES,
          "6c4415636a0acaae5a01ec89986fb72572c8264e2fde61da2738a37d5001b821",
          LABELS,
          "a6db31c56aad862a3008673e615f75dc724fff1de5b220686c4adba8bc98247f");

  private static final String FOLDER = "img/google/64";
  private static final String JSON = "emoji.json";
  private static final int SIDE = 64;
  private static final int IDX_BYTES = 0x00000800; // the format's magic but for the dimensions

  private final VerifiedCache cache;

  /** The arguments are those of {@link VerifiedCache}. */
  Emoji(Path caches, NpmPackage source, Map<String, String> sha256, Consumer<String> notice) {
    VerifiedCache.Description description =
        new VerifiedCache.Description(
            NAME,
            "Emoji",
            "npm package " + source.name() + ", 74 MB",
            "see that npm is installed and reaches its registry",
            VerifiedCache.OWN_IMAGES);
    cache =
        new VerifiedCache(
            description,
            caches,
            work -> decode(source.fetchInto(work, FOLDER, JSON), work),
            sha256,
            notice);
  }

  /** The usual places of this machine and user. */
  static Emoji ofThisMachine(Consumer<String> notice) {
    NpmPackage source = NpmPackage.of("emoji-datasource-google", "16.0.0");
    return new Emoji(VerifiedCache.userCaches(), source, SHA256, notice);
  }

  /** Reads the images and labels, fetching them if it must. */
  ImageDataset open() {
    Path folder = cache.folder();
    Path labels = folder.resolve(LABELS);
    Path images = folder.resolve(IMAGES);
    return IdxFile.read(images)
        .toImages(images, NAME, IdxFile.read(labels).toLabels(labels, GROUPS));
  }

  /** Writes the two files into {@code target}, the images in the order of their names. */
  private static Path decode(Path source, Path target) throws IOException {
    Map<String, Integer> groups = groups(source.resolve(JSON));
    List<Path> files;
    try (Stream<Path> found = Files.list(source.resolve(FOLDER))) {
      files = found.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
    try (DataOutputStream images = open(target.resolve(IMAGES));
        DataOutputStream labels = open(target.resolve(LABELS))) {
      images.writeInt(IDX_BYTES | 4);
      for (int extent : new int[] {files.size(), SIDE, SIDE, 3}) {
        images.writeInt(extent);
      }
      labels.writeInt(IDX_BYTES | 1);
      labels.writeInt(files.size());
      for (Path file : files) {
        images.write(ImageFile.read(file).square(SIDE).withChannels(3).pixels());
        labels.writeByte(group(groups, file));
      }
    } catch (ImageFile.UnreadableException e) {
      throw new FigmentException("an image of the package cannot be read: " + e.getMessage(), e);
    }
    return target;
  }

  private static int group(Map<String, Integer> groups, Path file) {
    Integer group = groups.get(file.getFileName().toString());
    if (group == null) {
      throw new FigmentException("the package does not say what " + file.getFileName() + " shows");
    }
    return group;
  }

  private static DataOutputStream open(Path file) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
  }

  /** The group of every image file's name, those of other skins among them. */
  private static Map<String, Integer> groups(Path json) {
    try {
      Map<String, Integer> groups = new HashMap<>();
      for (JsonNode emoji : new ObjectMapper().readTree(json.toFile())) {
        int group = GROUPS.indexOf(emoji.path("category").asText());
        if (group < 0) {
          throw new FigmentException(
              "the package has an unknown group " + IoFailure.quote(emoji.path("category") + ""));
        }
        groups.put(emoji.path("image").asText(), group);
        for (JsonNode variation : emoji.path("skin_variations")) {
          groups.put(variation.path("image").asText(), group);
        }
      }
      return groups;
    } catch (IOException e) {
      throw IoFailure.reading(json, e);
    }
  }
}
