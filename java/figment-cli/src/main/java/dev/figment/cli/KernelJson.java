package dev.figment.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.figment.io.AtomicFile;
import dev.figment.profile.Gpu;
import dev.figment.profile.KernelProfile;
import dev.figment.profile.KernelProfile.Counted;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes profiles as a JSON array, a row a line; docs/kernel-report.md says what fields mean. */
final class KernelJson {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private KernelJson() {}

  static void write(Path file, List<KernelProfile> profiles) {
    String rows =
        profiles.stream().map(KernelJson::text).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    AtomicFile.write(file, rows.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(KernelProfile profile) {
    try {
      return MAPPER.writeValueAsString(row(profile));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // numbers and text
    }
  }

  /** Null stands for what could not be had here. */
  private static Map<String, Object> row(KernelProfile profile) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("kernel", profile.work().kernel());
    row.put("family", profile.family());
    row.put("operation", profile.operation().name());
    row.put("arch", profile.target());
    row.put("shape", profile.operation().shape());
    row.put("registers", profile.resources().map(it -> it.registers()).orElse(null));
    row.put("spill_bytes", profile.resources().map(it -> it.spillBytes()).orElse(null));
    row.put("stack_bytes", profile.resources().map(it -> it.stackBytes()).orElse(null));
    row.put("shared_bytes", profile.sharedBytes().orElse(null));
    row.put("threads", profile.threads());
    row.put("occupancy", profile.occupancy().orElse(null));
    row.put("counted_on", counted(profile, it -> "sm_" + it.architecture()));
    row.put("launches", counted(profile, Counted::launches));
    row.put("blocks", counted(profile, it -> it.first().grid().count()));
    row.put("sectors", counted(profile, Counted::sectors));
    row.put("bytes_moved", counted(profile, Counted::bytesMoved));
    row.put("bytes_bound", profile.work().boundBytes());
    row.put("bytes_bound_is", profile.work().isTiled() ? "tile model" : "least");
    row.put("bytes_least", profile.work().leastBytes());
    row.put("dram_bytes_modelled", counted(profile, Counted::dramBytes));
    row.put("bank_conflicts", counted(profile, Counted::conflicts));
    row.put("conflict_reason", profile.work().conflictReason());
    row.put("ideal_wavefronts", counted(profile, Counted::idealWavefronts));
    row.put("warp_instructions", counted(profile, it -> it.counts().instructions().warp()));
    row.put("lanes", counted(profile, it -> it.counts().lanesPerInstruction()));
    row.put("divergent_branches", counted(profile, it -> it.counts().divergentBranches()));
    row.put("flops", counted(profile, it -> it.counts().flops().total()));
    row.put("flops_useful", profile.work().usefulFlops());
    row.put("fma_share", counted(profile, Counted::fmaShare));
    Map<String, Object> roofline = new LinkedHashMap<>();
    for (Gpu gpu : Gpu.values()) {
      roofline.put(gpu.title(), profile.rooflineMicroseconds(gpu));
    }
    row.put("roofline_model_us", roofline);
    return row;
  }

  private static Object counted(KernelProfile profile, Function<Counted, Object> value) {
    return profile.counted().map(value).orElse(null);
  }
}
