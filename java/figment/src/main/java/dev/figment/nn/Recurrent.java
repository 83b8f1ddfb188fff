package dev.figment.nn;

import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A stack of recurrent layers over sequences, time first: T x N x inputs to T x N x units, twice
 * where it reads both ways. An immutable description; {@link RecurrentNetwork} makes it live.
 *
 * <p>Weights start as in Keras: those of the input Glorot-uniform, those of the state orthogonal
 * gate by gate (Saxe et al., 2014), biases 0 but that of an LSTM's forget gate, which is 1
 * (Jozefowicz et al., 2015).
 *
 * @param cell of every layer
 * @param inputs numbers a step
 * @param constants numbers a sample that the first layer gets at every step besides; 0 for none
 * @param units of every layer and direction
 * @param layers one above the other; each above the first reads the states of the one below
 * @param bidirectional whether every layer has a second half that reads from the last valid step
 *     back; a layer above reads both
 */
public record Recurrent(
    Cell cell, int inputs, int constants, int units, int layers, boolean bidirectional) {

  /** What computes the next state. */
  public enum Cell {
    /** Gated recurrent unit, {@link dev.figment.device.Kernels#gruForward}. */
    GRU(3),
    /** Long short-term memory, {@link dev.figment.device.Kernels#lstmForward}. */
    LSTM(4);

    private final int gates;

    Cell(int gates) {
      this.gates = gates;
    }

    /** Gates, each with weights of its own. */
    int gates() {
      return gates;
    }
  }

  public Recurrent {
    if (inputs < 1 || constants < 0 || units < 1 || layers < 1) {
      throw new FigmentException(
          "A recurrent stack was asked for with %d inputs, %d constants, %d units and %d layers; constants may be 0, the others begin at 1."
              .formatted(inputs, constants, units, layers));
    }
  }

  /** One layer that reads forward. */
  public static Recurrent of(Cell cell, int inputs, int units) {
    return new Recurrent(cell, inputs, 0, units, 1, false);
  }

  /** The same with {@code other} numbers a sample at every step. */
  public Recurrent withConstants(int other) {
    return new Recurrent(cell, inputs, other, units, layers, bidirectional);
  }

  /** The same with {@code other} layers. */
  public Recurrent stacked(int other) {
    return new Recurrent(cell, inputs, constants, units, other, bidirectional);
  }

  /** The same, reading both ways. */
  public Recurrent readingBothWays() {
    return new Recurrent(cell, inputs, constants, units, layers, true);
  }

  /** 1, or 2 of a stack that reads both ways; direction 1 is the reverse one. */
  public int directions() {
    return bidirectional ? 2 : 1;
  }

  /** How many sequences a layer reads, and how wide each is. */
  int sources(int layer) {
    return layer == 0 ? 1 : directions();
  }

  int sourceWidth(int layer) {
    return layer == 0 ? inputs : units;
  }

  boolean hasConstants(int layer) {
    return layer == 0 && constants > 0;
  }

  /** What the names of a layer's parameters begin with: {@code gru_1.}, {@code gru_1_reverse.}. */
  String prefix(int layer, int direction) {
    String way = direction == 1 ? "_reverse" : "";
    return "%s_%d%s.".formatted(cell.name().toLowerCase(Locale.ROOT), layer + 1, way);
  }

  /** The name of the weights of a source. */
  static String inputWeight(int source) {
    return source == 1 ? "input_weight_reverse" : "input_weight";
  }

  /** All parameters by name, in canonical order. */
  Map<String, ParameterSpec> parameters() {
    Map<String, ParameterSpec> specs = new LinkedHashMap<>();
    for (int layer = 0; layer < layers; layer++) {
      for (int direction = 0; direction < directions(); direction++) {
        addParameters(specs, layer, direction);
      }
    }
    return specs;
  }

  private void addParameters(Map<String, ParameterSpec> specs, int layer, int direction) {
    String prefix = prefix(layer, direction);
    int rows = cell.gates() * units;
    Initializer glorot = Initializer.glorotUniform();
    for (int source = 0; source < sources(layer); source++) {
      add(specs, prefix, inputWeight(source), Shape.of(rows, sourceWidth(layer)), glorot);
    }
    if (hasConstants(layer)) {
      add(specs, prefix, "constant_weight", Shape.of(rows, constants), glorot);
    }
    Initializer bias = cell == Cell.LSTM ? Initializer.onesFrom(units, units) : Initializer.ZEROS;
    add(specs, prefix, "input_bias", Shape.of(rows), bias);
    add(specs, prefix, "hidden_weight", Shape.of(rows, units), Initializer.orthogonal());
    if (cell == Cell.GRU) { // the reset gate multiplies a bias of its own
      add(specs, prefix, "hidden_bias", Shape.of(rows), Initializer.ZEROS);
    }
  }

  private static void add(
      Map<String, ParameterSpec> specs,
      String prefix,
      String name,
      Shape shape,
      Initializer initializer) {
    specs.put(prefix + name, ParameterSpec.trained(name, shape, initializer));
  }
}
