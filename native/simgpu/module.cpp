// Loading: parse, check the target, place variables, decode, work out what kernels need.
#include <algorithm>
#include <cstring>
#include <functional>
#include <new>
#include <set>

#include "checker.h"
#include "decoder.h"
#include "device_memory.h"

namespace simgpu {

struct Module::Impl {
  DeviceMemory* memory = nullptr;
  Program program;
  std::vector<Kernel> kernels;
  std::map<std::string, GlobalInfo, std::less<>> globals;
  std::vector<uint64_t> allocations;
  ~Impl() {
    for (uint64_t address : allocations) memory->free(address);
  }
};

namespace {

void check_target(const ParsedModule& module, const DeviceDescription& device) {
  int have = device.cc_major * 10 + device.cc_minor;
  bool fits = module.target <= have;
  if (module.target_exact) fits = module.target == have;
  if (module.target_family) fits = module.target / 10 == have / 10 && module.target <= have;
  if (fits) return;
  std::string name = "sm_" + std::to_string(module.target) +
                     (module.target_exact    ? "a"
                      : module.target_family ? "f"
                                             : "");
  throw LoadError(LoadErrorKind::kUnsupportedTarget, 0,
                  "the module is compiled for " + name + ", the described device is sm_" +
                      std::to_string(have) + ": compile for compute_" + std::to_string(have) +
                      " or describe a newer device");
}

// Shared variables that a function's code names.
void find_shared(const Operand& operand, std::set<Symbol*>* found) {
  if (operand.symbol != nullptr && operand.symbol->space == Space::kShared) {
    found->insert(operand.symbol);
  }
  for (const Operand& part : operand.parts) find_shared(part, found);
}

class Loader {
 public:
  Loader(Module::Impl& impl, ParsedModule& parsed, const DeviceDescription& device)
      : impl_(impl), parsed_(parsed), device_(device) {}

  void run() {
    check_target(parsed_, device_);
    Program& program = impl_.program;
    program.files.insert(parsed_.files.begin(), parsed_.files.end());
    program.sm_count = std::max(1, device_.sm_count);
    program.resident_blocks = std::min(4096, program.sm_count * 16);
    for (ParsedFunction& f : parsed_.functions) {
      if (!f.has_body) continue;
      scope_.function_index[f.name] = static_cast<int>(functions_.size());
      functions_.push_back(&f);
    }
    scope_.parsed = &parsed_;
    scope_.program = &program;
    program.functions.resize(functions_.size());
    place_variables();
    place_shared();
    std::vector<int> registers;
    for (size_t i = 0; i < functions_.size(); ++i) {
      registers.push_back(FunctionDecoder(scope_, *functions_[i], static_cast<int>(i)).run());
    }
    fill_variables();
    add_checks(program);
    measure_stacks();
    for (size_t i = 0; i < functions_.size(); ++i) {
      if (functions_[i]->is_entry) add_kernel(i, registers);
    }
  }

 private:
  std::vector<Symbol*> all_variables() {
    std::vector<Symbol*> all;
    for (Symbol& s : parsed_.variables) all.push_back(&s);
    for (ParsedFunction* f : functions_) {
      for (Symbol& s : f->symbols) {
        if (s.space == Space::kGlobal || s.space == Space::kConst) all.push_back(&s);
      }
    }
    return all;
  }

  void place_variables() {
    for (Symbol* s : all_variables()) {
      if ((s->space != Space::kGlobal && s->space != Space::kConst) || s->is_extern) continue;
      if (s->bytes == 0) continue;
      s->address = impl_.memory->allocate(s->bytes);
      if (s->address == 0) {
        throw LoadError(LoadErrorKind::kOutOfMemory, s->line,
                        "no room for the " + std::to_string(s->bytes) + " bytes of the variable '" +
                            s->name + "'");
      }
      impl_.allocations.push_back(s->address);
      impl_.globals[s->name] = {s->address, s->bytes};
      if (s->space == Space::kConst) const_bytes_ += s->bytes;
    }
  }

  // After decoding, when every symbol has its address.
  void fill_variables() {
    for (Symbol* s : all_variables()) {
      if ((s->space != Space::kGlobal && s->space != Space::kConst) || s->address == 0) continue;
      uint8_t* to = impl_.memory->host(s->address);
      std::memset(to, 0, s->bytes);
      impl_.memory->mark_written(s->address, s->bytes);
      std::copy_n(s->init.begin(), std::min<size_t>(s->init.size(), s->bytes), to);
      for (const Relocation& r : s->relocations) {
        uint64_t value = address_of(r) + static_cast<uint64_t>(r.addend);
        value >>= r.shift;
        std::memcpy(to + r.offset, &value, std::min<uint32_t>(r.bytes, 8));
      }
    }
  }

  uint64_t address_of(const Relocation& r) {
    auto function = scope_.function_index.find(r.symbol);
    if (function != scope_.function_index.end()) {
      return kFunctionWindow + static_cast<uint64_t>(function->second) * 16;
    }
    auto variable = parsed_.names.find(r.symbol);
    if (variable == parsed_.names.end()) {
      throw LoadError(LoadErrorKind::kInvalidPtx, r.line,
                      "PTX line " + std::to_string(r.line) + ": an initialiser names '" + r.symbol +
                          "', which the module does not define");
    }
    const Symbol& s = *variable->second;
    return s.address + (r.generic && s.space == Space::kShared ? kSharedWindow : 0);
  }

  // Variables of device functions lie first, at one place for all kernels; behind them those of
  // one kernel alone.
  void place_shared() {
    std::vector<std::set<Symbol*>> uses(functions_.size());
    std::map<Symbol*, int> users;
    std::set<Symbol*> common;
    for (size_t i = 0; i < functions_.size(); ++i) {
      for (const Instruction& instruction : functions_[i]->code) {
        for (const Operand& o : instruction.operands) find_shared(o, &uses[i]);
        for (const Operand& o : instruction.arguments) find_shared(o, &uses[i]);
      }
      for (Symbol* s : uses[i]) {
        if (++users[s] > 1 || !functions_[i]->is_entry) common.insert(s);
      }
    }
    auto place = [](const std::set<Symbol*>& set, const std::set<Symbol*>& without, uint64_t from) {
      std::vector<Symbol*> sorted;
      for (Symbol* s : set) {
        if (!s->is_extern && without.count(s) == 0) sorted.push_back(s);
      }
      std::sort(sorted.begin(), sorted.end(), [](const Symbol* a, const Symbol* b) {
        return a->line != b->line ? a->line < b->line : a->name < b->name;
      });
      for (Symbol* s : sorted) {
        uint64_t align = std::max<uint64_t>(1, s->align);
        from = (from + align - 1) / align * align;
        s->address = from;
        from += s->bytes;
      }
      return from;
    };
    uint64_t common_bytes = place(common, {}, 0);
    shared_bytes_.resize(functions_.size());
    uses_dynamic_.resize(functions_.size());
    bool function_dynamic = false;
    for (size_t i = 0; i < functions_.size(); ++i) {
      for (Symbol* s : uses[i]) {
        if (!s->is_extern) continue;
        uses_dynamic_[i] = true;
        if (!functions_[i]->is_entry) function_dynamic = true;
      }
    }
    for (size_t i = 0; i < functions_.size(); ++i) {
      if (!functions_[i]->is_entry) continue;
      bool calls = false, uses_common = false;
      for (const Instruction& instruction : functions_[i]->code)
        calls |= instruction.name == "call";
      for (Symbol* s : uses[i]) uses_common |= common.count(s) != 0;
      uint64_t bytes = place(uses[i], common, calls || uses_common ? common_bytes : 0);
      if (calls && function_dynamic) uses_dynamic_[i] = true;
      if (uses_dynamic_[i]) {
        uint64_t align = 16;
        for (Symbol& s : parsed_.variables) {
          if (s.space == Space::kShared && s.is_extern) align = std::max<uint64_t>(align, s.align);
        }
        bytes = (bytes + align - 1) / align * align;
      }
      shared_bytes_[i] = bytes;
    }
  }

  // The deepest frames below each function; recursion and calls through pointers have no bound.
  void measure_stacks() {
    Program& program = impl_.program;
    std::vector<std::set<size_t>> callees(functions_.size());
    std::vector<char> indirect(functions_.size(), 0), state(functions_.size(), 0);
    for (size_t i = 0; i < functions_.size(); ++i) {
      for (const Instruction& instruction : functions_[i]->code) {
        if (instruction.name != "call") continue;
        auto found = scope_.function_index.find(instruction.operands[0].text);
        if (found == scope_.function_index.end()) {
          indirect[i] |= instruction.operands[0].kind == Operand::kSymbol;
        } else {
          callees[i].insert(static_cast<size_t>(found->second));
        }
      }
    }
    std::function<void(size_t)> measure = [&](size_t i) {
      FunctionCode& f = program.functions[i];
      state[i] = 1;
      f.recursive = indirect[i] != 0;
      uint32_t d32 = 0, d64 = 0, dp = 0, dl = 0;
      for (size_t c : callees[i]) {
        if (state[c] == 0) measure(c);
        const FunctionCode& callee = program.functions[c];
        f.recursive |= state[c] == 1 || callee.recursive;
        d32 = std::max(d32, callee.deep32);
        d64 = std::max(d64, callee.deep64);
        dp = std::max(dp, callee.deep_predicates);
        dl = std::max(dl, callee.deep_local);
      }
      f.deep32 = f.slots32 + d32;
      f.deep64 = f.slots64 + d64;
      f.deep_predicates = f.predicates + dp;
      f.deep_local = f.local_bytes + dl;
      state[i] = 2;
    };
    for (size_t i = 0; i < functions_.size(); ++i) {
      if (state[i] == 0) measure(i);
    }
  }

  void add_kernel(size_t i, const std::vector<int>& registers) {
    const ParsedFunction& f = *functions_[i];
    const FunctionCode& code = impl_.program.functions[i];
    Kernel kernel;
    kernel.program = &impl_.program;
    kernel.function = static_cast<int>(i);
    FunctionInfo& info = kernel.info;
    info.name = f.name;
    info.max_threads = device_.max_threads_per_block;
    for (const Dim3* limit : {&f.max_threads, &f.required_threads}) {
      if (limit->count() == 0) continue;
      info.max_threads = static_cast<int>(
          std::min<uint64_t>(limit->count(), static_cast<uint64_t>(info.max_threads)));
    }
    info.required_block = f.required_threads;
    // An estimate: what is live, and a few for addresses, in steps of 8 as ptxas allocates.
    info.num_regs = std::min(255, (registers[i] + 6 + 7) / 8 * 8);
    info.static_shared = static_cast<uint32_t>(shared_bytes_[i]);
    info.uses_dynamic_shared = uses_dynamic_[i];
    info.local_bytes = code.deep_local;
    info.const_bytes = static_cast<uint32_t>(const_bytes_);
    info.ptx_version = parsed_.target;
    for (const Symbol* p : f.params) {
      info.params.push_back({static_cast<uint32_t>(p->address), static_cast<uint32_t>(p->bytes)});
      info.param_bytes = std::max(info.param_bytes, static_cast<uint32_t>(p->address + p->bytes));
    }
    impl_.kernels.push_back(std::move(kernel));
  }

  Module::Impl& impl_;
  ParsedModule& parsed_;
  const DeviceDescription& device_;
  ModuleScope scope_;
  std::vector<ParsedFunction*> functions_;
  std::vector<uint64_t> shared_bytes_;
  std::vector<char> uses_dynamic_;
  uint64_t const_bytes_ = 0;
};

}  // namespace

Module::Module() : impl_(std::make_unique<Impl>()) {}
Module::~Module() = default;

std::unique_ptr<Module> Module::load(std::string_view ptx, const DeviceDescription& device,
                                     DeviceMemory& memory) {
  try {
    ParsedModule parsed = parse_ptx(ptx);
    std::unique_ptr<Module> module(new Module());
    module->impl_->memory = &memory;
    Loader(*module->impl_, parsed, device).run();
    return module;
  } catch (const std::bad_alloc&) {
    throw LoadError(LoadErrorKind::kOutOfMemory, 0, "the host has no memory for the module");
  }
}

const Kernel* Module::kernel(std::string_view name) const {
  for (const Kernel& kernel : impl_->kernels) {
    if (kernel.info.name == name) return &kernel;
  }
  return nullptr;
}

const GlobalInfo* Module::global(std::string_view name) const {
  auto found = impl_->globals.find(name);
  return found == impl_->globals.end() ? nullptr : &found->second;
}

std::vector<std::string> Module::kernel_names() const {
  std::vector<std::string> names;
  for (const Kernel& kernel : impl_->kernels) names.push_back(kernel.info.name);
  return names;
}

}  // namespace simgpu
