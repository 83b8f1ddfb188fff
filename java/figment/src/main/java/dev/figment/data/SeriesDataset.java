package dev.figment.data;

import dev.figment.device.FigmentException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/** Windows of a series of numbers, scaled. */
public final class SeriesDataset implements SequenceDataset {
  private final String name;
  private final Scaling scaling;
  private final float[] rows; // rows x F, scaled; NaN where one is missing
  private final WindowPlan plan;

  SeriesDataset(String name, Scaling scaling, float[] rows, WindowPlan plan) {
    if (plan.starts().length == 0) {
      throw new FigmentException(
          "%s holds no window, or none in one of its parts for training, validation and test; give a longer series"
              .formatted(name));
    }
    this.name = name;
    this.scaling = scaling;
    this.rows = rows;
    this.plan = plan;
  }

  /**
   * Windows in their own units, such as generated ones, as data to train or measure on.
   *
   * @param scaling of the data that they resemble
   * @param steps T; none of the windows may be longer or empty
   */
  public static SeriesDataset of(
      String name, Scaling scaling, List<SeriesWindow> windows, int steps) {
    int[] starts = new int[windows.size()];
    int[] lengths = new int[windows.size()];
    int total = 0;
    for (int i = 0; i < starts.length; i++) {
      SeriesWindow window = windows.get(i);
      if (window.features() != scaling.features()
          || window.length() < 1
          || window.length() > steps) {
        throw new FigmentException(
            "window %d of %s has %d steps of %d features; they must have 1 to %d steps of %d features"
                .formatted(i, name, window.length(), window.features(), steps, scaling.features()));
      }
      starts[i] = total;
      lengths[i] = window.length();
      total += window.length();
    }
    double[] values = windows.stream().flatMapToDouble(w -> Arrays.stream(w.values())).toArray();
    return new SeriesDataset(
        name, scaling, scaling.apply(values), new WindowPlan(steps, starts, lengths));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return plan.starts().length;
  }

  @Override
  public int steps() {
    return plan.steps();
  }

  @Override
  public int start(int window) {
    return plan.starts()[window];
  }

  /** How the numbers were scaled, which is how to get them back; also names the features. */
  public Scaling scaling() {
    return scaling;
  }

  /** F. */
  public int features() {
    return scaling.features();
  }

  /** The steps of a window. */
  public int length(int window) {
    return plan.lengths()[window];
  }

  /** A window in its own units. */
  public SeriesWindow window(int window) {
    SequenceBatch one = batch(1);
    gather(new int[] {window}, one);
    double[] values = scaling.restore(one.values(), one.lengths()).get(0).values();
    for (int i = 0; i < values.length; i++) {
      values[i] = one.mask()[i] == 0 ? Double.NaN : values[i];
    }
    return new SeriesWindow(features(), values);
  }

  /** Windows evenly spread over all, in their own units: as many as asked for, or all there are. */
  public List<SeriesWindow> spread(int count) {
    return Arrays.stream(places(count)).mapToObj(this::window).toList();
  }

  /** The same windows as vectors: T x F scaled numbers, 0 where there is none. */
  public float[][] vectors(int count) {
    SequenceBatch one = batch(1);
    return Arrays.stream(places(count))
        .mapToObj(
            window -> {
              gather(new int[] {window}, one);
              return one.values().clone();
            })
        .toArray(float[][]::new);
  }

  private int[] places(int count) {
    int shown = Math.min(count, size());
    return IntStream.range(0, shown).map(i -> (int) ((long) i * size() / shown)).toArray();
  }

  @Override
  public SequenceBatch batch(int size) {
    return SequenceBatch.ofNumbers(steps(), size, features());
  }

  @Override
  public void gather(int[] windows, SequenceBatch out) {
    SequenceDataset.check(this, windows, out);
    int features = features();
    Arrays.fill(out.values(), 0);
    Arrays.fill(out.mask(), 0);
    for (int n = 0; n < windows.length; n++) {
      int length = plan.lengths()[windows[n]];
      int from = plan.starts()[windows[n]] * features;
      out.lengths()[n] = length;
      for (int i = 0; i < length * features; i++) {
        float value = rows[from + i];
        if (!Float.isNaN(value)) {
          int to = (i / features * windows.length + n) * features + i % features;
          out.values()[to] = value;
          out.mask()[to] = 1;
        }
      }
    }
  }

  @Override
  public long fingerprint() {
    CRC32 crc = new CRC32();
    ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES * Math.max(2, features()));
    crc.update(buffer.putInt(steps()).putInt(features()).flip());
    for (int i = 0; i < size(); i++) {
      crc.update(buffer.clear().putInt(plan.starts()[i]).putInt(plan.lengths()[i]).flip());
    }
    for (int i = 0; i < rows.length; i += features()) {
      buffer.clear();
      for (int j = 0; j < features(); j++) {
        buffer.putFloat(rows[i + j]);
      }
      crc.update(buffer.flip());
    }
    return crc.getValue();
  }
}
