package dev.figment.bench.steps;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import java.io.IOException;

/** The child process that trains a {@link ScalingPoint}. */
final class ScalingSteps {
  private ScalingSteps() {}

  /** Serves steps of the point that the arguments are of. */
  public static void main(String[] arguments) throws IOException {
    ScalingPoint point = ScalingPoint.of(arguments);
    try (Device device = Devices.open("cpu", point.threads()).device();
        Contender contender = point.contender(device)) {
      StepServer.serve(contender, point.threads());
    }
  }
}
