package dev.figment.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.reference.ReferenceDevice;
import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void countsAndNamesItself() {
    Shape shape = Shape.of(128, 7, 7, 256);
    assertThat(shape.count()).isEqualTo(1_605_632);
    assertThat(shape.rank()).isEqualTo(4);
    assertThat(shape.size(0)).isEqualTo(128);
    assertThat(shape.size(-1)).isEqualTo(256);
    assertThat(shape).hasToString("128x7x7x256").isEqualTo(Shape.of(128, 7, 7, 256));
    assertThat(shape).hasSameHashCodeAs(Shape.of(128, 7, 7, 256)).isNotEqualTo(Shape.of(128));
    assertThat(Shape.of()).hasToString("scalar");
    assertThat(Shape.of().count()).isOne();
  }

  @Test
  void batchesAndSamples() {
    assertThat(Shape.of(28, 28, 1).batched(3)).isEqualTo(Shape.of(3, 28, 28, 1));
    assertThat(Shape.of(3, 28, 28, 1).sample()).isEqualTo(Shape.of(28, 28, 1));
  }

  @Test
  void doesNotChangeWithTheArrayItWasMadeOf() {
    int[] sizes = {2, 3};
    Shape shape = Shape.of(sizes);
    sizes[0] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void refusesSizesBelowOne() {
    assertThatThrownBy(() -> Shape.of(3, 0))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("[3, 0]");
  }

  @Test
  void refusesAxesItDoesNotHave() {
    assertThatThrownBy(() -> Shape.of(3, 4).size(2))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("2")
        .hasMessageContaining("3x4");
    assertThatThrownBy(() -> Shape.of().size(-1))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("scalar");
    assertThatThrownBy(() -> Shape.of().sample()).isInstanceOf(FigmentException.class);
  }

  @Test
  void tensorsAreViewsThatStayInsideTheirMemory() {
    try (ReferenceDevice device = new ReferenceDevice();
        Memory memory = device.allocate(DataType.REAL, 12)) {
      Tensor tensor = new Tensor(memory, 0, Shape.of(4, 3));
      tensor.write(0.0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
      assertThat(tensor.rows(1, 2).toDoubles()).containsExactly(3, 4, 5, 6, 7, 8);
      assertThat(tensor.reshaped(Shape.of(12)).shape()).isEqualTo(Shape.of(12));
      assertThatThrownBy(() -> tensor.rows(3, 2))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("3..4")
          .hasMessageContaining("4x3");
      assertThatThrownBy(() -> tensor.reshaped(Shape.of(5)))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("4x3")
          .hasMessageContaining("as 5");
      assertThatThrownBy(() -> new Tensor(memory, 1, Shape.of(12)))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("12 elements");
      assertThatThrownBy(() -> new Tensor(memory, Long.MAX_VALUE, Shape.of(12)))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("does not fit");
      assertThatThrownBy(() -> tensor.write(1f))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("4x3");
    }
  }
}
