package dev.figment.device;

import static dev.figment.device.Checks.alike;
import static dev.figment.device.Checks.channels;
import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.same;
import static dev.figment.device.Checks.tiles;
import static dev.figment.device.Checks.wanted;

/** What {@link CheckedKernels} checks of batch normalization. */
final class BatchNormChecks {
  private BatchNormChecks() {}

  static void forward(Tensor y, Tensor x, Tensor statistics, Tensor... perChannel) {
    String operation = "batchNormForward";
    alike(operation, y, x);
    same(operation, "y", y, "x", x);
    channels(operation, x, perChannel);
    if (statistics != null) {
      reals(operation, statistics);
      tiles(operation, statistics, x.shape().size(-1));
    }
  }

  static void backward(
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta,
      Tensor dy,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor inverseDeviation,
      GradientMode mode) {
    String operation = "batchNormBackward";
    alike(operation, dx, dy, x);
    same(operation, "dx", dx, "dy", dy);
    same(operation, "dx", dx, "x", x);
    channels(operation, x, gamma, beta, mean, inverseDeviation);
    if ((dgamma == null) != (dbeta == null)) {
      throw new FigmentException(operation + " takes both of dgamma and dbeta, or neither.");
    }
    if (dgamma != null) {
      channels(operation, x, dgamma, dbeta);
      wanted(operation, mode);
    }
  }
}
