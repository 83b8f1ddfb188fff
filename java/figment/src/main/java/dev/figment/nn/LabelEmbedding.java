package dev.figment.nn;

import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Appends to each sample what is learned of its label: {@code columns} more channels, whose numbers
 * are a row of a table [classes][numbers]. To a latent vector of F numbers it adds {@code columns}
 * numbers, to an image of H x W x C as many planes of H x W. Source: Mirza and Osindero,
 * "Conditional generative adversarial nets" (2014), the labels embedded.
 *
 * <p>A pass reads the labels from {@link Pass#labels()}.
 *
 * @param classes labels are from 0 to one less
 * @param columns channels that it adds
 * @param initializer of the table
 */
public record LabelEmbedding(int classes, int columns, Initializer initializer) implements Layer {
  public LabelEmbedding {
    if (classes < 1 || columns < 1) {
      throw new FigmentException(
          "An embedding of %d labels in %d channels was asked for; each must be at least 1."
              .formatted(classes, columns));
    }
  }

  @Override
  public String kind() {
    return "label_embedding";
  }

  private static Shape withChannels(Shape shape, int channels) {
    int[] sizes = new int[shape.rank()];
    Arrays.setAll(sizes, shape::size);
    sizes[sizes.length - 1] = channels;
    return Shape.of(sizes);
  }

  @Override
  public Shape outputShape(Shape input) {
    if (input.rank() < 1) {
      throw new FigmentException("A label was to be appended to a scalar; give it an axis.");
    }
    return withChannels(input, Math.addExact(input.size(-1), columns));
  }

  @Override
  public List<ParameterSpec> parameters(Shape input) {
    int numbers = Math.toIntExact(withChannels(input, columns).count());
    return List.of(ParameterSpec.trained("table", Shape.of(classes, numbers), initializer));
  }

  /** Linear in the samples; the table only shifts it. */
  @Override
  public boolean isPiecewiseLinear() {
    return true;
  }

  @Override
  public Stage plan(StagePlan plan) {
    Kernels kernels = plan.kernels();
    Tensor x = plan.input();
    Tensor y = plan.output();
    Tensor labels = plan.labels();
    Tensor table = plan.value().apply("table");
    Tensor dtable = plan.gradient().apply("table");
    int own = x.shape().size(-1);
    Tensor planes = plan.saved().apply(withChannels(x.shape(), columns));
    Tensor rows = planes.reshaped(Shape.of(plan.batch(), table.shape().size(1)));
    return new Stage() {
      @Override
      public void forward() {
        kernels.embeddingForward(rows, table, labels);
        kernels.copyColumns(y, 0, x, 0, own, GradientMode.OVERWRITE);
        kernels.copyColumns(y, own, planes, 0, columns, GradientMode.OVERWRITE);
      }

      @Override
      public void tangent(Tensor out, Tensor in, Tensor delta, GradientMode mode) {
        kernels.fill(out, 0); // the labels have no part in it
        kernels.copyColumns(out, 0, in, 0, own, GradientMode.OVERWRITE);
      }

      @Override
      public void backward(Tensor dx, Tensor dy, GradientMode mode) {
        if (mode != GradientMode.IGNORE) {
          kernels.copyColumns(planes, 0, dy, own, columns, GradientMode.OVERWRITE);
          kernels.embeddingBackward(dtable, rows, labels, mode);
        }
        if (dx != null) {
          kernels.copyColumns(dx, 0, dy, 0, own, GradientMode.OVERWRITE);
        }
      }
    };
  }
}
