package dev.figment.reference;

import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.LossKernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;

/** The losses, latent variables and embeddings of {@link ReferenceKernels}, in plain loops. */
interface ReferenceLosses extends LossKernels {
  double LOG_TWO_PI = Math.log(2 * Math.PI);

  // ---- GAN

  @Override
  default void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double smoothing) {
    Reals out = Reals.of(result);
    Reals gradient = Reals.of(dlogits);
    Reals in = Reals.of(logits);
    int half = in.count() / 2;
    out.fill(0);
    for (int i = 0; i < half; i++) {
      double real = in.get(i);
      double fake = in.get(half + i);
      switch (loss) {
        case MINIMAX, NON_SATURATING -> {
          // -log sigmoid(x) = softplus(-x) and -log(1 - sigmoid(x)) = softplus(x).
          double judged = (1 - smoothing) * ReferenceActivation.softplus(-real);
          double smoothed = smoothing == 0 ? 0 : smoothing * ReferenceActivation.softplus(real);
          out.add(0, (judged + smoothed + ReferenceActivation.softplus(fake)) / half);
          gradient.set(i, (smoothing - ReferenceActivation.sigmoid(-real)) / half);
          gradient.set(half + i, ReferenceActivation.sigmoid(fake) / half);
        }
        case LEAST_SQUARES -> {
          double distance = real - (1 - smoothing);
          out.add(0, (distance * distance + fake * fake) / 2 / half);
          gradient.set(i, distance / half);
          gradient.set(half + i, fake / half);
        }
        case WASSERSTEIN -> {
          out.add(0, (fake - real) / half);
          gradient.set(i, -1.0 / half);
          gradient.set(half + i, 1.0 / half);
        }
        case HINGE -> {
          out.add(0, (Math.max(0, 1 - real) + Math.max(0, 1 + fake)) / half);
          gradient.set(i, real >= 1 ? 0 : -1.0 / half);
          gradient.set(half + i, fake <= -1 ? 0 : 1.0 / half);
        }
      }
      out.add(1, score(loss, real) / half);
      out.add(2, score(loss, fake) / half);
    }
  }

  private static double score(GanLoss loss, double logit) {
    return loss.hasTargets() ? ReferenceActivation.sigmoid(logit) : logit;
  }

  @Override
  default void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss) {
    Reals out = Reals.of(result);
    Reals gradient = Reals.of(dlogits);
    Reals in = Reals.of(logits);
    int batch = in.count();
    out.fill(0);
    for (int i = 0; i < batch; i++) {
      double x = in.get(i);
      switch (loss) {
        case MINIMAX -> {
          out.add(0, -ReferenceActivation.softplus(x) / batch);
          gradient.set(i, -ReferenceActivation.sigmoid(x) / batch);
        }
        case NON_SATURATING -> {
          out.add(0, ReferenceActivation.softplus(-x) / batch);
          gradient.set(i, -ReferenceActivation.sigmoid(-x) / batch);
        }
        case LEAST_SQUARES -> {
          out.add(0, (x - 1) * (x - 1) / 2 / batch);
          gradient.set(i, (x - 1) / batch);
        }
        case WASSERSTEIN, HINGE -> {
          out.add(0, -x / batch);
          gradient.set(i, -1.0 / batch);
        }
      }
    }
  }

  @Override
  default void gradientPenalty(
      Tensor result, Tensor factors, Tensor squares, GradientPenalty penalty, double weight) {
    Reals out = Reals.of(result);
    int rows = (int) squares.count();
    out.fill(0);
    for (int i = 0; i < rows; i++) {
      double square = Reals.of(squares).get(i);
      double norm = Math.sqrt(square);
      switch (penalty) {
        case ZERO_CENTRED -> {
          out.add(0, weight * square / 2 / rows);
          Reals.of(factors).set(i, weight / rows);
        }
        case ONE_CENTRED -> {
          out.add(0, weight * (norm - 1) * (norm - 1) / rows);
          Reals.of(factors).set(i, norm == 0 ? 0 : 2 * weight * (1 - 1 / norm) / rows);
        }
      }
    }
  }

  // ---- losses over rows

  /** result and rowLosses from the rows' losses. */
  private static void write(Tensor result, Tensor rowLosses, double[] losses, int batch) {
    double total = 0;
    for (int row = 0; row < losses.length; row++) {
      total += losses[row];
      if (rowLosses != null) {
        Reals.of(rowLosses).set(row, losses[row]);
      }
    }
    Reals.of(result).set(0, total / batch);
  }

  @Override
  default void reconstructionLoss(
      Tensor result,
      Tensor rowLosses,
      Tensor dprediction,
      Tensor prediction,
      Tensor target,
      Tensor weights,
      Likelihood likelihood,
      int batch) {
    int rows = target.shape().size(0);
    int columns = target.shape().size(1);
    Reals p = Reals.of(prediction);
    Reals x = Reals.of(target);
    double[] losses = new double[rows];
    double[] gradients = new double[p.count()];
    for (int n = 0; n < rows; n++) {
      for (int j = 0; j < columns; j++) {
        double weight = weight(weights, n, n * columns + j, rows);
        if (weight == 0) {
          continue;
        }
        int at = n * columns * likelihood.outputs() + j;
        double mean = p.get(at);
        double value = x.get(n * columns + j);
        double loss =
            switch (likelihood.kind()) {
              case GAUSSIAN -> {
                double distance = mean - value;
                gradients[at] = likelihood.precision() * distance;
                yield likelihood.precision() * distance * distance / 2 + likelihood.constant();
              }
              case BERNOULLI -> {
                gradients[at] =
                    (1 - value) * ReferenceActivation.sigmoid(mean)
                        - value * ReferenceActivation.sigmoid(-mean);
                yield Math.max(mean, 0) - value * mean + Math.log1p(Math.exp(-Math.abs(mean)));
              }
              case GAUSSIAN_LEARNED -> {
                double v = clamp(p.get(at + columns));
                double distance = mean - value;
                double scaled = distance * distance * Math.exp(-v);
                gradients[at] = distance * Math.exp(-v);
                gradients[at + columns] = clamped(p.get(at + columns)) ? 0 : (1 - scaled) / 2;
                yield (scaled + v + LOG_TWO_PI) / 2;
              }
            };
        losses[n] += weight * loss;
        gradients[at] *= weight / batch;
        if (likelihood.outputs() == 2) {
          gradients[at + columns] *= weight / batch;
        }
      }
    }
    write(result, rowLosses, losses, batch);
    if (dprediction != null) {
      copy(Reals.of(dprediction), gradients);
    }
  }

  private static double weight(Tensor weights, int row, int element, int rows) {
    if (weights == null) {
      return 1;
    }
    return Reals.of(weights).get(weights.count() == rows ? row : element);
  }

  private static void copy(Reals to, double[] from) {
    for (int i = 0; i < from.length; i++) {
      to.set(i, from[i]);
    }
  }

  private static double clamp(double v) {
    return v > Kernels.LOG_VARIANCE_BOUND
        ? Kernels.LOG_VARIANCE_BOUND
        : v < -Kernels.LOG_VARIANCE_BOUND ? -Kernels.LOG_VARIANCE_BOUND : v;
  }

  private static boolean clamped(double v) {
    return Math.abs(v) > Kernels.LOG_VARIANCE_BOUND;
  }

  @Override
  default void gaussianKl(
      Tensor result,
      Tensor rowLosses,
      Tensor dq,
      Tensor dp,
      Tensor q,
      Tensor p,
      Tensor weights,
      Tensor scale,
      int batch) {
    int rows = q.shape().size(0);
    int latent = q.shape().size(1) / 2;
    Reals first = Reals.of(q);
    double[] losses = new double[rows];
    double[] gradientsQ = new double[first.count()];
    double[] gradientsP = new double[first.count()];
    for (int n = 0; n < rows; n++) {
      double weight = weights == null ? 1 : Reals.of(weights).get(n);
      if (weight == 0) {
        continue;
      }
      double factor = weight * Reals.of(scale).get(0) / batch;
      for (int j = 0; j < latent; j++) {
        int mean = 2 * n * latent + j;
        int variance = mean + latent;
        double meanP = p == null ? 0 : Reals.of(p).get(mean);
        double rawP = p == null ? 0 : Reals.of(p).get(variance);
        double distance = first.get(mean) - meanP;
        double ratio = Math.exp(clamp(first.get(variance)) - clamp(rawP));
        double scaled = distance * distance * Math.exp(-clamp(rawP));
        losses[n] += weight * (ratio - 1 - Math.log(ratio) + scaled) / 2;
        gradientsQ[mean] = factor * distance * Math.exp(-clamp(rawP));
        gradientsQ[variance] = clamped(first.get(variance)) ? 0 : factor * (ratio - 1) / 2;
        gradientsP[mean] = -gradientsQ[mean];
        gradientsP[variance] = clamped(rawP) ? 0 : factor * (1 - ratio - scaled) / 2;
      }
    }
    write(result, rowLosses, losses, batch);
    copy(Reals.of(dq), gradientsQ);
    if (dp != null) {
      copy(Reals.of(dp), gradientsP);
    }
  }

  @Override
  default void crossEntropy(
      Tensor result,
      Tensor rowLosses,
      Tensor dlogits,
      Tensor logits,
      Tensor labels,
      Tensor weights,
      int batch) {
    int rows = logits.shape().size(0);
    int classes = logits.shape().size(1);
    Reals in = Reals.of(logits);
    double[] losses = new double[rows];
    double[] gradients = new double[in.count()];
    for (int n = 0; n < rows; n++) {
      int label = index(labels, n);
      double weight = weights == null ? 1 : Reals.of(weights).get(n);
      if (label < 0 || weight == 0) {
        continue;
      }
      double most = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        most = Math.max(most, in.get(n * classes + c));
      }
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += Math.exp(in.get(n * classes + c) - most);
      }
      boolean known = label < classes;
      losses[n] =
          known ? weight * (Math.log(sum) + most - in.get(n * classes + label)) : Double.NaN;
      for (int c = 0; c < classes; c++) {
        double probability = Math.exp(in.get(n * classes + c) - most) / sum;
        gradients[n * classes + c] =
            known ? weight / batch * (probability - (c == label ? 1 : 0)) : Double.NaN;
      }
    }
    write(result, rowLosses, losses, batch);
    if (dlogits != null) {
      copy(Reals.of(dlogits), gradients);
    }
  }

  private static int index(Tensor tensor, int at) {
    return ((ReferenceMemory) tensor.memory()).ints()[(int) tensor.offset() + at];
  }

  // ---- latent variables

  private static double epsilon(RandomStream stream, int index) {
    return Philox.normal(Philox.block(stream, index(stream.counter(), 0), index), index % 4);
  }

  @Override
  default void logMeanExp(Tensor value, Tensor weights, Tensor x) {
    int count = x.shape().size(0);
    int columns = x.shape().size(1);
    Reals in = Reals.of(x);
    for (int c = 0; c < columns; c++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < count; k++) {
        most = Math.max(most, in.get(k * columns + c)); // a NaN stays
      }
      double sum = 0;
      for (int k = 0; k < count; k++) {
        sum += Math.exp(in.get(k * columns + c) - most);
      }
      Reals.of(value).set(c, most + Math.log(sum / count));
      for (int k = 0; k < count; k++) {
        int i = k * columns + c;
        Reals.of(weights).set(i, Math.exp(in.get(i) - most) / sum);
      }
    }
  }

  @Override
  default void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream) {
    Reals out = Reals.of(z);
    Reals in = Reals.of(moments);
    Reals sums = Reals.of(kl);
    int batch = z.shape().size(0);
    int latent = z.shape().size(1);
    sums.fill(0);
    for (int n = 0; n < batch; n++) {
      for (int j = 0; j < latent; j++) {
        double mean = in.get(2 * n * latent + j);
        double v = clamp(in.get((2 * n + 1) * latent + j));
        int at = n * latent + j;
        out.set(at, mean + Math.exp(v / 2) * epsilon(stream, at));
        sums.add(j, (Math.expm1(v) - v + mean * mean) / 2 / batch);
      }
    }
  }

  @Override
  default void reparameterizeBackward(
      Tensor dmoments,
      Tensor dz,
      Tensor moments,
      Tensor kl,
      Tensor beta,
      double freeBits,
      RandomStream stream) {
    Reals out = Reals.of(dmoments);
    Reals in = Reals.of(moments);
    Reals gradient = Reals.of(dz);
    int batch = dz.shape().size(0);
    int latent = dz.shape().size(1);
    for (int n = 0; n < batch; n++) {
      for (int j = 0; j < latent; j++) {
        int at = n * latent + j;
        int mean = 2 * n * latent + j;
        int variance = mean + latent;
        double v = clamp(in.get(variance));
        boolean free = Reals.of(kl).get(j) < freeBits;
        double factor = free ? 0 : Reals.of(beta).get(0) / batch;
        double noise = Math.exp(v / 2) * epsilon(stream, at) / 2;
        out.set(mean, gradient.get(at) + factor * in.get(mean));
        out.set(
            variance,
            clamped(in.get(variance)) ? 0 : gradient.get(at) * noise + factor * Math.expm1(v) / 2);
      }
    }
  }

  // ---- embedding

  @Override
  default void embeddingForward(Tensor y, Tensor table, Tensor indices) {
    Reals out = Reals.of(y);
    Reals rows = Reals.of(table);
    int vocabulary = table.shape().size(0);
    int columns = table.shape().size(1);
    for (int i = 0; i < out.count(); i++) {
      int index = index(indices, i / columns);
      boolean known = index >= 0 && index < vocabulary;
      out.set(i, known ? rows.get(index * columns + i % columns) : Double.NaN);
    }
  }

  @Override
  default void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode) {
    Reals out = Reals.of(dtable);
    Reals gradient = Reals.of(dy);
    int columns = dtable.shape().size(1);
    if (mode == GradientMode.OVERWRITE) {
      out.fill(0);
    }
    for (int i = 0; i < gradient.count(); i++) {
      int index = index(indices, i / columns);
      if (index >= 0 && index < dtable.shape().size(0)) {
        out.add(index * columns + i % columns, gradient.get(i));
      }
    }
  }
}
