package dev.figment.io;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.figment.device.FigmentException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors header read from a file that may be damaged or hostile. It trusts nothing: every
 * tensor has the size its shape says, and together they fill the data without gap or overlap.
 */
final class SafetensorsHeader {
  static final String METADATA = "__metadata__";

  /**
   * One tensor.
   *
   * @param shape extents, outermost first; empty for a scalar
   * @param begin offset of the first byte within the data
   * @param bytes size of the data
   */
  record Entry(String name, DType dtype, long[] shape, long begin, long bytes) {}

  private static final int MAX_NESTING = 4; // object of objects of arrays, and one to spare

  private static final JsonMapper JSON = mapper();

  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private SafetensorsHeader() {}

  /**
   * Reads a header.
   *
   * @param text the bytes between the header's length and the data
   * @param dataBytes how many bytes follow the header in the file
   * @throws FigmentException with what is wrong, to be put after the file's name
   */
  static SafetensorsHeader parse(ByteBuffer text, long dataBytes) {
    SafetensorsHeader header = new SafetensorsHeader();
    header.readRoot(tree(text));
    header.checkCoverage(dataBytes);
    return header;
  }

  Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** All tensors by name, in the header's order. */
  Map<String, Entry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  /** Bytes of a tensor of this shape, or -1 when an extent is negative or the product overflows. */
  static long byteCount(DType dtype, long[] shape) {
    long bytes = dtype.bytes();
    for (long extent : shape) {
      if (extent < 0 || Math.multiplyHigh(bytes, extent) != 0 || bytes * extent < 0) {
        return -1;
      }
      bytes *= extent;
    }
    return bytes;
  }

  private static JsonMapper mapper() {
    JsonMapper mapper =
        JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    mapper
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build());
    return mapper;
  }

  private static JsonNode tree(ByteBuffer text) {
    if (!text.hasRemaining() || text.get(text.position()) != '{') {
      throw new FigmentException("its header does not begin with '{'");
    }
    try {
      // Decoded here because Jackson lets some malformed UTF-8 pass.
      JsonNode root = JSON.readTree(StandardCharsets.UTF_8.newDecoder().decode(text).toString());
      if (!root.isObject()) {
        throw new FigmentException("its header is no JSON object");
      }
      return root;
    } catch (CharacterCodingException e) {
      throw new FigmentException("its header is not valid UTF-8", e);
    } catch (JsonProcessingException e) {
      String reason = IoFailure.quote(e.getOriginalMessage());
      throw new FigmentException("its header is not valid JSON: " + reason, e);
    }
  }

  private void readRoot(JsonNode root) {
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        readMetadata(field.getValue());
      } else {
        entries.put(field.getKey(), readEntry(field.getKey(), field.getValue()));
      }
    }
  }

  private void readMetadata(JsonNode node) {
    if (!node.isObject()) {
      throw new FigmentException("its " + METADATA + " is no JSON object");
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw new FigmentException(
            "its metadata " + IoFailure.quote(field.getKey()) + " is no string");
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
  }

  private static Entry readEntry(String name, JsonNode node) {
    if (!node.isObject() || node.size() != 3) {
      throw invalid(name, "has not exactly the fields dtype, shape and data_offsets");
    }
    DType dtype = readDType(name, node.path("dtype"));
    long[] shape = readIntegers(name, "shape", node.path("shape"));
    long[] offsets = readIntegers(name, "data_offsets", node.path("data_offsets"));
    if (offsets.length != 2) {
      throw invalid(name, "has " + offsets.length + " data_offsets instead of 2");
    }
    if (offsets[1] < offsets[0]) {
      throw invalid(name, "ends (" + offsets[1] + ") before it begins (" + offsets[0] + ")");
    }
    long expected = byteCount(dtype, shape);
    if (expected < 0) {
      throw invalid(name, "has a shape whose size overflows 64 bits");
    }
    long bytes = offsets[1] - offsets[0];
    if (bytes != expected) {
      throw invalid(
          name, "needs " + expected + " bytes by its shape but its data_offsets give it " + bytes);
    }
    return new Entry(name, dtype, shape, offsets[0], bytes);
  }

  private static DType readDType(String name, JsonNode node) {
    for (DType dtype : DType.values()) {
      if (node.isTextual() && dtype.name().equals(node.textValue())) {
        return dtype;
      }
    }
    String found = node.isTextual() ? IoFailure.quote(node.textValue()) : "no string";
    throw invalid(name, "has a dtype that is not F32, F64, I32, I64 or U8: " + found);
  }

  private static long[] readIntegers(String name, String field, JsonNode node) {
    if (!node.isArray()) {
      throw invalid(name, "has a " + field + " that is no array");
    }
    long[] values = new long[node.size()];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = node.get(i);
      if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
        throw invalid(
            name, "has a " + field + " with an entry that is no integer from 0 to 2^63-1");
      }
      values[i] = value.longValue();
    }
    return values;
  }

  private void checkCoverage(long dataBytes) {
    List<Entry> ordered = new ArrayList<>(entries.values());
    ordered.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::bytes));
    long end = 0;
    for (Entry entry : ordered) {
      if (entry.begin() < end) {
        throw invalid(entry.name(), "overlaps the tensor before it");
      }
      if (entry.begin() > end) {
        throw invalid(entry.name(), "follows a gap of " + (entry.begin() - end) + " unused bytes");
      }
      if (entry.bytes() > dataBytes - end) {
        throw invalid(
            entry.name(),
            String.format(
                "ends at byte %d of the data, but the file has only %d: it is cut off or damaged",
                end + entry.bytes(), dataBytes));
      }
      end += entry.bytes();
    }
    if (end != dataBytes) {
      throw new FigmentException((dataBytes - end) + " bytes follow the last tensor");
    }
  }

  private static FigmentException invalid(String name, String what) {
    return new FigmentException("its tensor " + IoFailure.quote(name) + " " + what);
  }
}
