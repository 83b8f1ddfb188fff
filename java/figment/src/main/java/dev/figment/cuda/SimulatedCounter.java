package dev.figment.cuda;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.figment.device.FigmentException;
import dev.figment.device.LaunchCounter;
import dev.figment.device.LaunchReport;
import java.nio.charset.StandardCharsets;

/** The counters of the simulated GPU's driver, which gives them as JSON. */
final class SimulatedCounter implements LaunchCounter {
  /** Strict: a report of another build of the simulation must not be half understood. */
  private static final JsonMapper REPORT =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .withConfigOverride(
              LaunchReport.Extent.class,
              extent -> extent.setFormat(JsonFormat.Value.forShape(JsonFormat.Shape.ARRAY)))
          .build();

  private final CudaDevice device;

  SimulatedCounter(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void count(boolean on) {
    device.synchronize();
    DriverLibrary.count(on ? 1 : 0);
  }

  @Override
  public LaunchReport report() {
    device.synchronize();
    String json = json();
    try {
      return REPORT.readValue(json, LaunchReport.class);
    } catch (JsonProcessingException e) {
      throw new FigmentException(
          "The counters of the simulated GPU could not be read (%s); libcuda.so.1 is of another build than this library: build both."
              .formatted(e.getOriginalMessage()),
          e);
    }
  }

  @Override
  public void reset() {
    device.synchronize();
    DriverLibrary.resetCounters();
  }

  private static String json() {
    byte[] buffer = new byte[0];
    while (true) {
      long bytes = DriverLibrary.counters(buffer, buffer.length);
      if (bytes == 0 || bytes > Integer.MAX_VALUE) {
        throw new FigmentException(
            "The counters of the simulated GPU were asked for and there is no memory for their report; reset them more often.");
      }
      if (bytes <= buffer.length) {
        return new String(buffer, 0, (int) bytes - 1, StandardCharsets.UTF_8);
      }
      buffer = new byte[(int) bytes];
    }
  }
}
