package dev.figment.train;

import dev.figment.data.Scaling;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import dev.figment.data.TextDataset;
import dev.figment.device.Likelihood;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Recurrent.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small recurrent VAEs and sequences for tests. */
final class RvaeModels {
  static final int STEPS = 5;
  static final int FEATURES = 2;

  private RvaeModels() {}

  static RvaeArchitecture ofNumbers(Cell cell, Likelihood likelihood, int layers, boolean both) {
    return RvaeArchitecture.ofNumbers(STEPS, FEATURES, cell, 4, layers, both, 3, likelihood);
  }

  static RvaeArchitecture ofSymbols(Cell cell, int layers, boolean both) {
    return RvaeArchitecture.ofSymbols(
        STEPS, text().vocabulary().size(), cell, 4, layers, both, 3, 3);
  }

  /** Numbers of lengths 1 to {@link #STEPS}; one in six is missing. */
  static SeriesDataset series(int count) {
    Random random = new Random(3);
    List<SeriesWindow> windows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double[] values = new double[(1 + i % STEPS) * FEATURES];
      for (int j = 0; j < values.length; j++) {
        values[j] = random.nextInt(6) == 0 ? Double.NaN : random.nextGaussian();
      }
      windows.add(new SeriesWindow(FEATURES, values));
    }
    return SeriesDataset.of("noise", scaling(FEATURES), windows, STEPS);
  }

  /** As they are. */
  static Scaling scaling(int features) {
    List<Scaling.Column> columns = new ArrayList<>();
    for (int i = 0; i < features; i++) {
      columns.add(new Scaling.Column("column " + i, 0, 1, -4, 4));
    }
    return new Scaling(Scaling.Kind.STANDARD, columns);
  }

  static TextDataset text() {
    StringBuilder text = new StringBuilder();
    Random random = new Random(4);
    for (int i = 0; i < 400; i++) {
      text.append((char) ('a' + random.nextInt(6)));
    }
    return TextDataset.split("letters", text.toString(), STEPS, STEPS).train();
  }
}
