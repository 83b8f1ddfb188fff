package dev.figment.device;

import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.same;
import static dev.figment.device.Checks.shape;
import static dev.figment.device.Checks.type;
import static dev.figment.device.Checks.vector;

/** What {@link CheckedKernels} checks of losses, latent variables and embeddings. */
final class LossChecks {
  private LossChecks() {}

  static void ganDiscriminator(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing) {
    String operation = "ganDiscriminatorLoss";
    reals(operation, result, dlogits, logits);
    same(operation, "dlogits", dlogits, "logits", logits);
    vector(operation, "result", result, 3);
    if (logits.count() % 2 != 0) {
      throw new FigmentException(
          "ganDiscriminatorLoss got %d logits; half of them must be of real samples."
              .formatted(logits.count()));
    }
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new FigmentException(
          "ganDiscriminatorLoss takes label smoothing in [0, 1) and got %s."
              .formatted(labelSmoothing));
    }
    if (labelSmoothing != 0 && !loss.hasTargets()) {
      throw new FigmentException(
          "ganDiscriminatorLoss was asked for label smoothing %s with the loss %s, which has no targets to smooth; take 0."
              .formatted(labelSmoothing, loss));
    }
  }

  static void ganGenerator(Tensor result, Tensor dlogits, Tensor logits) {
    reals("ganGeneratorLoss", result, dlogits, logits);
    same("ganGeneratorLoss", "dlogits", dlogits, "logits", logits);
    vector("ganGeneratorLoss", "result", result, 1);
  }

  static void gradientPenalty(Tensor result, Tensor factors, Tensor squares, double weight) {
    reals("gradientPenalty", result, factors, squares);
    same("gradientPenalty", "factors", factors, "squares", squares);
    vector("gradientPenalty", "result", result, 1);
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new FigmentException(
          "gradientPenalty takes a weight of at least 0 and got %s.".formatted(weight));
    }
  }

  static void reconstruction(
      Tensor result,
      Tensor rowLosses,
      Tensor dprediction,
      Tensor prediction,
      Tensor target,
      Tensor weights,
      Likelihood likelihood,
      int batch) {
    String operation = "reconstructionLoss";
    matrix(operation, "target", target);
    int rows = target.shape().size(0);
    int columns = target.shape().size(1);
    reals(operation, prediction);
    shape(operation, "prediction", prediction, Shape.of(rows, likelihood.outputs() * columns));
    gradient(operation, "dprediction", dprediction, "prediction", prediction);
    summed(operation, result, rowLosses, rows, batch);
    if (weights != null && !weights.shape().equals(target.shape())) {
      vector(operation, "weights of the target's shape, or", weights, rows);
    }
    if (weights != null) {
      reals(operation, weights);
    }
  }

  static void gaussianKl(
      Tensor result,
      Tensor rowLosses,
      Tensor dq,
      Tensor dp,
      Tensor q,
      Tensor p,
      Tensor weights,
      Tensor scale,
      int batch) {
    String operation = "gaussianKl";
    moments(operation, "q", q);
    reals(operation, dq);
    same(operation, "dq", dq, "q", q);
    if (p == null && dp != null) {
      throw new FigmentException(
          "gaussianKl was given dp without p: the standard normal distribution has no gradient.");
    }
    if (p != null) {
      reals(operation, p);
      same(operation, "p", p, "q", q);
    }
    gradient(operation, "dp", dp, "p", p);
    summed(operation, result, rowLosses, q.shape().size(0), batch);
    vector(operation, "weights", weights, q.shape().size(0));
    vector(operation, "scale", scale, 1);
  }

  static void crossEntropy(
      Tensor result,
      Tensor rowLosses,
      Tensor dlogits,
      Tensor logits,
      Tensor labels,
      Tensor weights,
      int batch) {
    String operation = "crossEntropy";
    matrix(operation, "logits", logits);
    int rows = logits.shape().size(0);
    gradient(operation, "dlogits", dlogits, "logits", logits);
    indices(operation, "labels", labels, rows);
    summed(operation, result, rowLosses, rows, batch);
    vector(operation, "weights", weights, rows);
  }

  static void logMeanExp(Tensor value, Tensor weights, Tensor x) {
    matrix("logMeanExp", "x", x);
    reals("logMeanExp", value, weights);
    same("logMeanExp", "weights", weights, "x", x);
    vector("logMeanExp", "value", value, x.shape().size(1));
  }

  static void reparameterize(String operation, Tensor moments, Tensor latents, Tensor kl) {
    moments(operation, "moments", moments);
    int latent = moments.shape().size(1) / 2;
    reals(operation, latents);
    shape(operation, "latents", latents, Shape.of(moments.shape().size(0), latent));
    vector(operation, "kl", kl, latent);
  }

  static void reparameterizeBackward(
      Tensor dmoments, Tensor dz, Tensor moments, Tensor kl, Tensor beta, double freeBits) {
    String operation = "reparameterizeBackward";
    reparameterize(operation, moments, dz, kl);
    reals(operation, dmoments);
    same(operation, "dmoments", dmoments, "moments", moments);
    vector(operation, "beta", beta, 1);
    if (!(freeBits >= 0 && freeBits < Double.POSITIVE_INFINITY)) {
      throw new FigmentException(
          "reparameterizeBackward takes free bits of at least 0 nats and got %s."
              .formatted(freeBits));
    }
  }

  static void embedding(
      String operation,
      String rowsName,
      Tensor rows,
      String tableName,
      Tensor table,
      Tensor indices) {
    matrix(operation, tableName, table);
    matrix(operation, rowsName, rows);
    shape(operation, rowsName, rows, Shape.of(rows.shape().size(0), table.shape().size(1)));
    indices(operation, "indices", indices, rows.shape().size(0));
  }

  private static void matrix(String operation, String name, Tensor tensor) {
    reals(operation, tensor);
    if (tensor.shape().rank() != 2) {
      throw new FigmentException(
          "%s takes %s of two axes and got %s; reshape it."
              .formatted(operation, name, tensor.shape()));
    }
  }

  private static void moments(String operation, String name, Tensor tensor) {
    matrix(operation, name, tensor);
    if (tensor.shape().size(1) % 2 != 0) {
      throw new FigmentException(
          "%s takes %s of as many means as log variances and got %s."
              .formatted(operation, name, tensor.shape()));
    }
  }

  private static void gradient(
      String operation, String name, Tensor gradient, String ofName, Tensor of) {
    if (gradient != null) {
      reals(operation, gradient);
      same(operation, name, gradient, ofName, of);
    }
  }

  private static void indices(String operation, String name, Tensor tensor, int rows) {
    type(operation, name, tensor, DataType.INT32);
    if (tensor.count() != rows) {
      throw new FigmentException(
          "%s takes %s of %d elements and got shape %s."
              .formatted(operation, name, rows, tensor.shape()));
    }
  }

  private static void summed(
      String operation, Tensor result, Tensor rowLosses, int rows, int batch) {
    vector(operation, "result", result, 1);
    vector(operation, "rowLosses", rowLosses, rows);
    if (batch < 1) {
      throw new FigmentException(
          "%s takes a batch of at least 1 example and got %d.".formatted(operation, batch));
    }
  }
}
