package dev.figment.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How well a VAE explains images that it was not trained on, in nats an image.
 *
 * @param images how many
 * @param reconstruction the mean of -log p(x | z), z drawn once an image from q(z | x)
 * @param kl of each dimension of the latent vector, the mean of KL(q || p)
 * @param activity the variance of each dimension's posterior mean over the images
 */
public record VaeEvaluation(int images, double reconstruction, double[] kl, double[] activity) {
  /** A dimension whose {@link #activity} is above this is active (Burda et al., 2016). */
  public static final double ACTIVE = 0.01;

  /** The KL of all dimensions. */
  public double totalKl() {
    return Arrays.stream(kl).sum();
  }

  /** The negative evidence lower bound. */
  public double loss() {
    return reconstruction + totalKl();
  }

  /** Dimensions that tell images apart. */
  public int activeUnits() {
    return (int) Arrays.stream(activity).filter(variance -> variance > ACTIVE).count();
  }

  /** As a line of evaluations.jsonl. */
  Map<String, Object> line(long step) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    line.put("images", images);
    line.put("loss", loss());
    line.put("reconstruction", reconstruction);
    line.put("kl", totalKl());
    line.put("active_units", activeUnits());
    line.put("kl_of_dimensions", kl);
    return line;
  }
}
