package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import java.util.Map;

/**
 * One case of a convolution and of the transposed convolution with the same geometry.
 *
 * @param batch N
 * @param geometry the sizes
 * @param activation of the forward passes
 * @param bias whether there is a bias, and its gradient
 * @param mode of the backward passes to the weights
 */
record ConvCase(
    int batch, ConvGeometry geometry, Activation activation, boolean bias, GradientMode mode) {

  /** A row of the covering table. */
  static ConvCase of(Map<String, String> row) {
    int[] vertical = axis(row, "small_height", "kernel_height", "stride_height", "pad_vertical");
    int[] horizontal = axis(row, "small_width", "kernel_width", "stride_width", "pad_horizontal");
    ConvGeometry geometry =
        new ConvGeometry(
            vertical[0],
            horizontal[0],
            number(row, "channels"),
            number(row, "small_height"),
            number(row, "small_width"),
            number(row, "small_channels"),
            number(row, "kernel_height"),
            number(row, "kernel_width"),
            number(row, "stride_height"),
            number(row, "stride_width"),
            vertical[1],
            vertical[2],
            horizontal[1],
            horizontal[2]);
    return new ConvCase(
        number(row, "batch"),
        geometry,
        activation(row.get("activation")),
        row.get("bias").equals("yes"),
        GradientMode.valueOf(row.get("mode")));
  }

  /** The large size, the padding before and the padding after of one axis. */
  private static int[] axis(
      Map<String, String> row, String smallName, String kernelName, String strideName, String pad) {
    int small = number(row, smallName);
    int kernel = number(row, kernelName);
    int stride = number(row, strideName);
    int before =
        switch (row.get(pad)) {
          case "none", "after" -> 0;
          case "split" -> (kernel - 1) / 2;
          case "before" -> kernel - 1;
          default -> throw new IllegalArgumentException(pad + " is " + row.get(pad));
        };
    int after =
        switch (row.get(pad)) {
          case "none", "before" -> 0;
          case "split" -> kernel - 1 - before;
          default -> kernel - 1;
        };
    // What a stride leaves over: columns no tap reaches, or a transposed output's padding.
    int left = row.get("left_over").equals("most") ? stride - 1 : 0;
    return new int[] {(small - 1) * stride + kernel - before - after + left, before, after};
  }

  private static Activation activation(String name) {
    return ContractTest.activations().stream()
        .filter(activation -> activation.kind().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static int number(Map<String, String> row, String name) {
    return Integer.parseInt(row.get(name));
  }

  @Override
  public String toString() {
    ConvGeometry g = geometry;
    return "n%d %dx%dx%d-%dx%dx%d k%dx%d s%dx%d p%d,%d,%d,%d %s%s %s"
        .formatted(
            batch,
            g.height(),
            g.width(),
            g.channels(),
            g.smallHeight(),
            g.smallWidth(),
            g.smallChannels(),
            g.kernelHeight(),
            g.kernelWidth(),
            g.strideHeight(),
            g.strideWidth(),
            g.padTop(),
            g.padBottom(),
            g.padLeft(),
            g.padRight(),
            activation.kind(),
            bias ? " bias" : "",
            mode);
  }
}
