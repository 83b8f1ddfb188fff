// What device code expects of the CUDA runtime: printf and assert.
#include <cstdio>
#include <cstring>

#include "block.h"
#include "isa_tables.h"
#include "memory_access.h"

namespace simgpu {
namespace {

// A value of the calling thread's frame.
template <class T>
T frame_value(const Warp& w, uint32_t lane, int32_t offset) {
  T value;
  std::memcpy(&value, w.local + lane * w.local_bytes + w.base_local + offset, sizeof value);
  return value;
}

// A zero-terminated string at a generic address; false after a fault.
bool read_string(Warp& w, const Op* op, uint32_t lane, uint64_t address, std::string* text) {
  for (; text->size() < 65536; ++address) {
    const uint8_t* at = lane_bytes(w, op, lane, address, 1, "read of a string");
    if (at == nullptr) return false;
    if (*at == 0) return true;
    text->push_back(static_cast<char>(*at));
  }
  return true;
}

// One conversion of printf ("%5.2f", "%llu"...): its text from the argument buffer.
bool format_argument(Warp& w, const Op* op, uint32_t lane, const std::string& spec,
                     uint64_t* buffer, std::string* out) {
  char kind = spec.back();
  bool is_long = spec.find('l') != std::string::npos || spec.find('z') != std::string::npos ||
                 spec.find('j') != std::string::npos;
  bool is_float = std::strchr("fFeEgGaA", kind) != nullptr;
  bool wide = is_long || is_float || kind == 's' || kind == 'p';
  uint32_t bytes = wide ? 8 : 4;
  *buffer = (*buffer + bytes - 1) / bytes * bytes;
  const uint8_t* at = lane_bytes(w, op, lane, *buffer, bytes, "read of a printf argument");
  if (at == nullptr) return false;
  *buffer += bytes;
  uint64_t bits = 0;
  std::memcpy(&bits, at, bytes);
  std::string clean;  // the flags, width and precision alone
  for (char c : spec) {
    if (std::strchr("hljztL", c) == nullptr) clean.push_back(c);
  }
  char text[512];
  if (is_float) {
    double value;
    std::memcpy(&value, &bits, 8);
    std::snprintf(text, sizeof text, clean.c_str(), value);
  } else if (kind == 's') {
    std::string string;
    if (!read_string(w, op, lane, bits, &string)) return false;
    std::snprintf(text, sizeof text, clean.c_str(), string.c_str());
  } else if (kind == 'c') {
    std::snprintf(text, sizeof text, clean.c_str(), static_cast<int>(bits));
  } else if (kind == 'p') {
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(bits));
  } else {
    clean.insert(clean.size() - 1, "ll");
    if (kind == 'd' || kind == 'i') {
      auto value = wide ? static_cast<long long>(bits) : static_cast<int32_t>(bits);
      std::snprintf(text, sizeof text, clean.c_str(), static_cast<long long>(value));
    } else {
      std::snprintf(text, sizeof text, clean.c_str(), static_cast<unsigned long long>(bits));
    }
  }
  *out += text;
  return true;
}

// vprintf(format, arguments): r[0], r[1] their places in the frame, r[5] that of the result.
const Op* print(Warp& w, const Op* op) {
  std::string out;
  for (uint32_t lane = 0; lane < 32; ++lane) {
    if ((w.active >> lane & 1) == 0) continue;
    std::string format;
    if (!read_string(w, op, lane, frame_value<uint64_t>(w, lane, op->r[0]), &format))
      return nullptr;
    auto buffer = frame_value<uint64_t>(w, lane, op->r[1]);
    int32_t count = 0;
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%') {
        out += format[i];
        continue;
      }
      if (i + 1 < format.size() && format[i + 1] == '%') {
        out += format[++i];
        continue;
      }
      size_t end = format.find_first_of("diuoxXfFeEgGaAcsp", i);
      if (end == std::string::npos || end - i > 30) break;
      if (!format_argument(w, op, lane, format.substr(i, end - i + 1), &buffer, &out)) {
        return nullptr;
      }
      ++count;
      i = end;
    }
    if (op->r[5] >= 0) {
      std::memcpy(w.local + lane * w.local_bytes + w.base_local + op->r[5], &count, sizeof count);
    }
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fflush(stdout);
  return op + 1;
}

// __assertfail(message, file, line, function, character size)
const Op* assert_failed(Warp& w, const Op* op) {
  auto lane = static_cast<uint32_t>(__builtin_ctz(w.active));
  std::string text[3];
  const int positions[3] = {0, 1, 3};
  for (int i = 0; i < 3; ++i) {
    auto address = frame_value<uint64_t>(w, lane, op->r[positions[i]]);
    if (!read_string(w, op, lane, address, &text[i])) return nullptr;
  }
  return fail(w, op, FaultKind::kAssert, lane,
              text[1] + ":" + std::to_string(frame_value<uint32_t>(w, lane, op->r[2])) + ": " +
                  text[2] + ": assertion `" + text[0] + "` failed");
}

const OpEntry kEntries[] = {{"@printf", "", print}, {"@assert", "", assert_failed}};

}  // namespace

void add_runtime(OpTable& table) { table.add(kEntries, sizeof kEntries / sizeof *kEntries); }

}  // namespace simgpu
