package dev.figment.train;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How well a recurrent VAE explains sequences, in nats a sequence.
 *
 * @param bound the means over the sequences, as an image VAE has them over images
 * @param length the mean length of the sequences
 * @param losses of each sequence, the negative evidence lower bound, the mean over the draws of z
 */
public record RvaeEvaluation(VaeEvaluation bound, double length, double[] losses) {
  /** As a line of evaluations.jsonl. */
  Map<String, Object> line(long step) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    line.put("sequences", losses.length);
    line.put("loss", bound.loss());
    line.put("reconstruction", bound.reconstruction());
    line.put("kl", bound.totalKl());
    line.put("loss_per_step", bound.loss() / length);
    line.put("active_units", bound.activeUnits());
    line.put("kl_of_dimensions", bound.kl());
    return line;
  }
}
