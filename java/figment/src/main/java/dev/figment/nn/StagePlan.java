package dev.figment.nn;

import dev.figment.device.Kernels;
import dev.figment.device.Nonlinearity;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * What a layer gets to plan itself for one pass.
 *
 * @param kernels the device's operations
 * @param batch samples a pass
 * @param training whether the pass trains (batch statistics, dropout) or infers
 * @param input batch x the layer's input shape
 * @param output batch x the layer's output shape
 * @param inputStatistics what the layer before leaves of the input for batch norm; null if nothing
 * @param outputStatistics where to leave that of the output; null if nobody wants it
 * @param labels of the samples, INT32 [batch]; null where no layer takes labels
 * @param end what a layer with an {@linkplain Layer#ending() ending} ends with: its activation, or
 *     the dropout after it; null for other layers
 * @param endUndone whether the gradient of the output comes as the one before {@code end}
 * @param before the nonlinearity that has made the input and whose gradient a layer with an ending
 *     goes back through too; {@link Nonlinearity#NONE} for none
 * @param value the layer's parameter of a name
 * @param gradient the gradient of the layer's parameter of a name
 * @param saved a new tensor of a shape that lives as long as the pass
 * @param random the numbers of a stream, drawn anew by every forward pass
 */
public record StagePlan(
    Kernels kernels,
    int batch,
    boolean training,
    Tensor input,
    Tensor output,
    Tensor inputStatistics,
    Tensor outputStatistics,
    Tensor labels,
    Nonlinearity end,
    boolean endUndone,
    Nonlinearity before,
    Function<String, Tensor> value,
    Function<String, Tensor> gradient,
    Function<Shape, Tensor> saved,
    IntFunction<RandomStream> random) {

  /** The same with other parameters. */
  StagePlan with(Function<String, Tensor> otherValue) {
    return new StagePlan(
        kernels,
        batch,
        training,
        input,
        output,
        inputStatistics,
        outputStatistics,
        labels,
        end,
        endUndone,
        before,
        otherValue,
        gradient,
        saved,
        random);
  }
}
