package dev.figment.bench.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import dev.figment.device.Precision;
import dev.figment.io.SafetensorsWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the check of a peer lets pass, by numbers known by hand. */
class PeerCheckTest {
  @TempDir private Path folder;

  /** A file of one network with two tensors, and losses. */
  private Path file(String name, float[] weight, float[] bias, float... losses) {
    Path path = folder.resolve(name);
    new SafetensorsWriter()
        .floats("net.weight", new long[] {weight.length}, () -> weight)
        .floats("net.bias", new long[] {bias.length}, () -> bias)
        .floats(Example.LOSSES, new long[] {losses.length}, () -> losses)
        .write(path);
    return path;
  }

  private PeerCheck check(float[] weight, float[] bias, float... losses) {
    Path start = file("start", new float[] {1, 1}, new float[] {0}, 0, 0);
    // Our updates have the norms 5 and 2.
    Path ours = file("ours", new float[] {4, 5}, new float[] {2}, 10, 0.5f);
    return PeerCheck.of(start, ours, file("peer", weight, bias, losses));
  }

  @Test
  void theLargestDifferenceCounts() {
    PeerCheck check = check(new float[] {4, 5.5f}, new float[] {2.25f}, 10, 0.75f);

    assertThat(check.loss()).isEqualTo(0.5, within(1e-7)); // of 0.5
    assertThat(check.update()).isEqualTo(0.125, within(1e-7)); // 0.25 of 2; the other is 0.5 of 5
    assertThat(check.tensor()).isEqualTo("net.bias");
    assertThat(check.agrees(Precision.FLOAT32)).isFalse();
    assertThat(check.refusal("libtorch-tuned", Workload.VAE))
        .hasMessageContaining("libtorch-tuned was to train the same vae as we do and does not")
        .hasMessageContaining("the update of net.bias by 1.3e-01");
  }

  @Test
  void roundingPasses() {
    PeerCheck check = check(new float[] {4, 5.0001f}, new float[] {2}, 10.00005f, 0.5f);

    assertThat(check.agrees(Precision.FLOAT32)).isTrue();
    assertThat(check.text("libtorch-tuned")).contains("libtorch-tuned computes the same");
  }

  @Test
  void bf16MayBeFurther() {
    PeerCheck check = check(new float[] {4, 5.04f}, new float[] {2}, 10.05f, 0.5f);

    assertThat(check.agrees(Precision.BF16)).isTrue();
    assertThat(check.agrees(Precision.FLOAT32)).isFalse();
  }

  @Test
  void nothingThatIsNotANumberPasses() {
    assertThat(
            check(new float[] {4, 5}, new float[] {Float.NaN}, 10, 0.5f).agrees(Precision.FLOAT32))
        .isFalse();
    assertThat(
            check(new float[] {4, 5}, new float[] {2}, Float.NaN, 0.5f).agrees(Precision.FLOAT32))
        .isFalse();
  }

  @Test
  void anotherNetworkIsRefused() {
    assertThatThrownBy(() -> check(new float[] {4, 5, 6}, new float[] {2}, 10, 0.5f))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("net.weight has 3 numbers where ours has 2");
  }
}
