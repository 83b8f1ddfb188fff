// Which operations of a program count as an instruction, of what class, and on which source line.
#include "counted_code.h"

#include <algorithm>
#include <map>

namespace simgpu {
namespace {

OpKind kind_of(std::string_view key) {
  auto begins = [&](std::string_view with) { return key.substr(0, with.size()) == with; };
  if (begins("ld.parameter.")) return OpKind::kParameter;
  if (begins("ld.")) return OpKind::kLoad;
  if (begins("st.")) return OpKind::kStore;
  if (begins("atom.")) return OpKind::kAtomic;
  static const std::unordered_map<std::string_view, OpKind> kKinds = {
      {"@bra", OpKind::kBranch},
      {"@bra.if", OpKind::kBranchIf},
      {"@brx", OpKind::kBranchIndexed},
      {"@call", OpKind::kCall},
      {"@call.indirect", OpKind::kCall},
      {"@printf", OpKind::kCall},
      {"@assert", OpKind::kCall},
      {"@ret", OpKind::kReturn},
      {"@exit", OpKind::kExit},
      {"@trap", OpKind::kTrap},
      {"@barrier", OpKind::kBarrier},
      {"@meeting", OpKind::kMeeting},
      {"@discard", OpKind::kDiscard},
      {"@join", OpKind::kSkipped},
      {"@guard", OpKind::kSkipped},
      {"@unguard", OpKind::kSkipped},
      {"@copy.parameter", OpKind::kSkipped}};
  auto found = kKinds.find(key);
  return found == kKinds.end() ? OpKind::kPlain : found->second;
}

struct Words {
  explicit Words(const std::string& text) {
    for (size_t at = 0; at <= text.size();) {
      size_t end = std::min(text.find('.', at), text.size());
      all.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  bool has(std::string_view word) const {
    return std::find(all.begin(), all.end(), word) != all.end();
  }
  bool named(std::initializer_list<std::string_view> names) const {
    return std::find(names.begin(), names.end(), all[0]) != names.end();
  }
  std::vector<std::string> all;
};

CountedCode::Info classify(const Words& words) {
  using Class = InstructionClass;
  if (words.named({"ld", "ldu"})) {
    if (words.has("const")) return {Class::kConstantLoad, 0};
    for (const std::string& w : words.all) {
      if (w.substr(0, 5) == "param") return {Class::kParameter, 0};
    }
    return {Class::kGlobalLoad, 0};  // the space is known when it runs
  }
  if (words.named({"st"})) {
    for (const std::string& w : words.all) {
      if (w.substr(0, 5) == "param") return {Class::kParameter, 0};
    }
    return {Class::kGlobalStore, 0};
  }
  if (words.named({"atom", "red"})) return {Class::kAtomic, 0};
  if (words.named({"bra", "brx", "call", "ret", "exit", "trap", "brkpt"})) {
    return {Class::kControl, 0};
  }
  if (words.named({"bar", "barrier"})) {
    return {words.has("warp") ? Class::kWarp : Class::kBarrier, 0};
  }
  if (words.named({"shfl", "vote", "match", "redux", "elect", "activemask"})) {
    return {Class::kWarp, 0};
  }
  if (words.named({"fence", "membar"})) return {Class::kFence, 0};
  if (words.named({"cvt"})) return {Class::kConvert, 0};
  if (words.named({"mov", "selp", "cvta", "isspacep"})) return {Class::kMove, 0};
  if (words.named({"nanosleep", "prefetch", "prefetchu", "pmevent", "discard", "applypriority"})) {
    return {Class::kOther, 0};
  }
  bool approximate = words.named({"rcp", "rsqrt", "sqrt", "sin", "cos", "lg2", "ex2", "tanh"});
  if (approximate) return {Class::kSpecial, 0};
  // Of several types the first is that of the result (set) or of all (setp, slct).
  for (const std::string& w : words.all) {
    bool pair = w == "f16x2" || w == "bf16x2";
    bool half = pair || w == "f16" || w == "bf16";
    if (!half && w != "f32" && w != "f64") continue;
    unsigned flops = words.named({"fma", "mad"}) ? 2 : words.named({"add", "sub", "mul"}) ? 1 : 0;
    return {half         ? Class::kHalf
            : w == "f64" ? Class::kDouble
                         : Class::kFloat,
            static_cast<uint8_t>(pair ? 2 * flops : flops)};
  }
  return {Class::kInteger, 0};
}

// Which of an instruction's operations stands for it.
std::vector<uint32_t> chosen(const Words& words, const std::vector<uint32_t>& ops,
                             const std::vector<OpKind>& kinds) {
  std::vector<uint32_t> result;
  auto all_of = [&](std::initializer_list<OpKind> wanted) {
    for (uint32_t i : ops) {
      if (std::find(wanted.begin(), wanted.end(), kinds[i]) != wanted.end()) result.push_back(i);
    }
  };
  auto first_of = [&](std::initializer_list<OpKind> wanted) {
    all_of(wanted);
    if (!result.empty()) result.resize(1);
  };
  if (words.named({"ld", "ldu", "st", "atom", "red"})) {
    first_of({OpKind::kLoad, OpKind::kStore, OpKind::kAtomic, OpKind::kParameter});
  } else if (words.named({"bra"})) {
    first_of({OpKind::kBranchIf});  // a jump behind it is the layout's
    if (result.empty()) first_of({OpKind::kBranch});
  } else if (words.named({"brx"})) {
    first_of({OpKind::kBranchIndexed});
  } else if (words.named({"call"})) {
    first_of({OpKind::kCall});
  } else if (words.named({"ret"})) {
    all_of({OpKind::kReturn});  // one more where it is a function's last instruction
  } else if (words.named({"exit"})) {
    all_of({OpKind::kExit});
  } else if (words.named({"trap", "brkpt"})) {
    all_of({OpKind::kTrap});
  } else if (words.named({"bar", "barrier"})) {
    first_of({OpKind::kBarrier, OpKind::kMeeting});
  } else if (words.named({"shfl", "vote", "match", "redux", "elect"})) {
    first_of({OpKind::kMeeting});
  } else if (words.named({"discard"})) {
    first_of({OpKind::kDiscard});
  } else {
    all_of({OpKind::kPlain});
    if (!result.empty()) result = {result.back()};
  }
  return result;
}

std::shared_ptr<const CountedCode> make_counted(const Program& program) {
  static const auto* const kKinds = [] {
    auto* kinds = new std::unordered_map<Handler, OpKind>;
    OpTable::instance().each(
        [&](const OpEntry& entry) { kinds->emplace(entry.fn, kind_of(entry.key)); });
    return kinds;
  }();
  auto counted = std::make_shared<CountedCode>();
  counted->code = program.code;
  counted->info.resize(program.code.size());
  std::vector<OpKind> kinds;
  std::vector<std::vector<uint32_t>> ops(program.sources.size());
  for (const Op& op : program.code) {
    ops[op.source].push_back(static_cast<uint32_t>(kinds.size()));
    kinds.push_back(kKinds->at(op.fn));
  }
  std::vector<bool> stands(kinds.size());
  std::map<std::pair<int, int>, uint32_t> lines;
  for (size_t source = 0; source < ops.size(); ++source) {
    Words words(program.sources[source].text);
    CountedCode::Info info = classify(words);
    const SourceLine& where = program.sources[source];
    if (where.line != 0) {
      auto [at, fresh] = lines.emplace(std::make_pair(where.file, where.line),
                                       static_cast<uint32_t>(lines.size() + 1));
      if (fresh) {
        auto file = program.files.find(where.file);
        counted->lines.push_back({file == program.files.end() ? "" : file->second, where.line});
      }
      info.line = at->second;
    }
    for (uint32_t i : ops[source]) counted->info[i] = info;
    for (uint32_t i : chosen(words, ops[source], kinds)) stands[i] = true;
  }
  for (size_t i = 0; i < kinds.size(); ++i) {
    counted->code[i].fn = counting_handler(kinds[i], stands[i]);
    bool access =
        kinds[i] == OpKind::kLoad || kinds[i] == OpKind::kStore || kinds[i] == OpKind::kAtomic;
    counted->info[i].by_space = access;
  }
  return counted;
}

}  // namespace

const CountedCode& counted_code(const Program& program) {
  std::call_once(program.counted_once, [&] { program.counted = make_counted(program); });
  return *program.counted;
}

}  // namespace simgpu
