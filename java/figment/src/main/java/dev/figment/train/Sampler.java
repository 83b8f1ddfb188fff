package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Network;
import dev.figment.nn.Pass;

/**
 * Makes images with a generator from latents that a seed and a number fix, on running statistics.
 */
public final class Sampler implements AutoCloseable {
  private final Device device;
  private final Pass pass;
  private final Tensor counter;
  private final int count;
  private final Resources resources = new Resources();

  /**
   * @param count images a call
   */
  public Sampler(Device device, Network generator, int count) {
    this.device = device;
    this.count = count;
    try {
      pass = resources.own(generator.pass(count).build());
      counter = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /**
   * @param draw which set of latents of the seed
   * @return count x height x width x channels in [-1, 1]
   */
  public float[] sample(long seed, int draw) {
    drawLatents(seed, draw);
    return run();
  }

  /**
   * The latents that {@link #sample} makes images of.
   *
   * @return count x latent size
   */
  public float[] latents(long seed, int draw) {
    drawLatents(seed, draw);
    return pass.input().toFloats();
  }

  private void drawLatents(long seed, int draw) {
    counter.write(draw);
    device
        .kernels()
        .normal(pass.input(), 0, 1, new RandomStream(seed, counter, RandomStream.SAMPLES));
  }

  /**
   * @param latents count x latent size, row-major
   * @return count x height x width x channels in [-1, 1]
   */
  public float[] generate(float[] latents) {
    pass.input().write(latents);
    return run();
  }

  private float[] run() {
    pass.forward();
    device.synchronize();
    return pass.output().toFloats();
  }

  public int count() {
    return count;
  }

  @Override
  public void close() {
    resources.close();
  }
}
