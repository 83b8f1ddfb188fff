package dev.figment.io;

import dev.figment.device.FigmentException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.RenderedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Pictures one after another as an animated GIF file that repeats for ever, whole or untouched.
 * Source: Graphics Interchange Format 89a, CompuServe 1990; the repetition is Netscape's extension.
 */
public final class GifFile {
  /** What javax.imageio's GIF plug-in names its frames' metadata; its DTD is in that package. */
  private static final String FORMAT = "javax_imageio_gif_image_1.0";

  private static final byte[] REPEAT_FOR_EVER = {1, 0, 0};
  private static final int HUNDREDTH_MILLIS = 10; // GIF counts in hundredths of a second

  private GifFile() {}

  /**
   * Writes an animation in the manner of {@link AtomicFile}.
   *
   * @param frames at least one, all of one size
   * @param frameMillis how long a frame is shown, at least 10
   * @param lastMillis how long the last one is
   */
  public static void write(
      Path path, List<? extends RenderedImage> frames, int frameMillis, int lastMillis) {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("gif");
    if (!writers.hasNext()) {
      throw new FigmentException("cannot write " + path + ": this Java has no GIF writer");
    }
    ImageWriter writer = writers.next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(stream);
      writer.prepareWriteSequence(null);
      ImageWriteParam rows = writer.getDefaultWriteParam();
      rows.setProgressiveMode(ImageWriteParam.MODE_DISABLED); // not interlaced
      for (int i = 0; i < frames.size(); i++) {
        int millis = i + 1 == frames.size() ? lastMillis : frameMillis;
        RenderedImage frame = exact(frames.get(i));
        IIOMetadata metadata = metadata(writer, frame, millis, i == 0);
        writer.writeToSequence(new IIOImage(frame, null, metadata), rows);
      }
      writer.endWriteSequence();
    } catch (IOException e) {
      throw IoFailure.writing(path, e);
    } finally {
      writer.dispose();
    }
    AtomicFile.write(path, bytes.toByteArray());
  }

  /** Grey values are a palette of their own; Java would convert them between colour spaces. */
  private static RenderedImage exact(RenderedImage frame) {
    if (frame.getSampleModel().getNumBands() != 1
        || frame.getColorModel() instanceof IndexColorModel) {
      return frame;
    }
    byte[] levels = new byte[256];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) i;
    }
    BufferedImage grey =
        new BufferedImage(
            frame.getWidth(),
            frame.getHeight(),
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, levels.length, levels, levels, levels));
    frame.copyData(grey.getRaster());
    return grey;
  }

  private static IIOMetadata metadata(
      ImageWriter writer, RenderedImage frame, int millis, boolean first)
      throws IIOInvalidTreeException {
    IIOMetadata metadata =
        writer.getDefaultImageMetadata(new ImageTypeSpecifier(frame), null); // keeps the palette
    IIOMetadataNode root = new IIOMetadataNode(FORMAT);
    IIOMetadataNode control = new IIOMetadataNode("GraphicControlExtension");
    control.setAttribute("disposalMethod", "none");
    control.setAttribute("userInputFlag", "FALSE");
    control.setAttribute("transparentColorFlag", "FALSE");
    control.setAttribute("transparentColorIndex", "0");
    control.setAttribute("delayTime", "" + millis / HUNDREDTH_MILLIS);
    root.appendChild(control);
    if (first) {
      IIOMetadataNode repeat = new IIOMetadataNode("ApplicationExtension");
      repeat.setAttribute("applicationID", "NETSCAPE");
      repeat.setAttribute("authenticationCode", "2.0");
      repeat.setUserObject(REPEAT_FOR_EVER);
      IIOMetadataNode extensions = new IIOMetadataNode("ApplicationExtensions");
      extensions.appendChild(repeat);
      root.appendChild(extensions);
    }
    metadata.mergeTree(FORMAT, root);
    return metadata;
  }
}
