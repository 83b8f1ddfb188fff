package dev.figment.cuda;

import dev.figment.device.Activation;
import dev.figment.device.BatchNormKernels;
import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;

/**
 * Batch normalization of {@link CudaKernels}: each call is a pass of sums, then one of elements.
 */
interface CudaBatchNorm extends BatchNormKernels, CudaCalls {
  @Override
  default void batchNormForward(
      Tensor y,
      Tensor mean,
      Tensor inverseDeviation,
      Tensor runningMean,
      Tensor runningVariance,
      Tensor x,
      Tensor statistics,
      Tensor gamma,
      Tensor beta,
      double momentum,
      double epsilon,
      Activation activation) {
    BatchNormTiles tiles = new BatchNormTiles(device(), x, at(y), at(x));
    CudaLaunch launch =
        statistics == null
            ? tiles.overElements("batch_norm_statistics")
            : tiles.overChannels("batch_norm_merge");
    launch
        .address(at(mean))
        .address(at(inverseDeviation))
        .address(at(runningMean))
        .address(at(runningVariance))
        .address(tiles.first())
        .address(tiles.second())
        .address(at(statistics == null ? x : statistics))
        .address(at(gamma))
        .address(at(beta));
    if (statistics == null) {
      launch.address(tiles.partials()).address(tiles.tickets());
    }
    launch.realWide(momentum).realWide(epsilon);
    launch.integer(statistics == null ? tiles.width() : statistics.shape().size(0));
    launch.wide(tiles.rows()).integer(tiles.channels()).on(device().stream());
    tiles
        .overElements("batch_norm_apply")
        .address(at(y))
        .address(at(x))
        .address(at(mean))
        .address(tiles.first())
        .address(tiles.second())
        .integer(CudaCalls.kind(activation))
        .real(activation.slope())
        .integer(tiles.width())
        .wide(tiles.rows())
        .integer(tiles.channels())
        .on(device().stream());
  }

  @Override
  default void batchNormInfer(
      Tensor y,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor runningMean,
      Tensor runningVariance,
      double epsilon,
      Activation activation) {
    BatchNormTiles tiles = new BatchNormTiles(device(), x, at(y), at(x));
    tiles
        .overElements("batch_norm_infer")
        .address(at(y))
        .address(at(x))
        .address(at(gamma))
        .address(at(beta))
        .address(at(runningMean))
        .address(at(runningVariance))
        .realWide(epsilon)
        .integer(CudaCalls.kind(activation))
        .real(activation.slope())
        .integer(tiles.width())
        .wide(tiles.rows())
        .integer(tiles.channels())
        .on(device().stream());
  }

  @Override
  default void batchNormBackward(
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta,
      Tensor dy,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor inverseDeviation,
      Activation activation,
      GradientMode mode) {
    BatchNormTiles tiles = new BatchNormTiles(device(), x, at(dx), at(dy), at(x));
    tiles
        .overElements("batch_norm_gradients")
        .address(at(dgamma))
        .address(at(dbeta))
        .address(tiles.first())
        .address(tiles.second())
        .address(at(dy))
        .address(at(x))
        .address(at(gamma))
        .address(at(beta))
        .address(at(mean))
        .address(at(inverseDeviation))
        .address(tiles.partials())
        .address(tiles.tickets())
        .integer(CudaCalls.kind(activation))
        .real(activation.slope())
        .integer(mode == GradientMode.ACCUMULATE ? 1 : 0)
        .integer(tiles.width())
        .wide(tiles.rows())
        .integer(tiles.channels())
        .on(device().stream());
    tiles
        .overElements("batch_norm_input_gradient")
        .address(at(dx))
        .address(at(dy))
        .address(at(x))
        .address(at(gamma))
        .address(at(beta))
        .address(at(mean))
        .address(at(inverseDeviation))
        .address(tiles.first())
        .address(tiles.second())
        .integer(CudaCalls.kind(activation))
        .real(activation.slope())
        .integer(tiles.width())
        .wide(tiles.rows())
        .integer(tiles.channels())
        .on(device().stream());
  }
}
