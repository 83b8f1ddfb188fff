// Sentences for faults: where, who, and for a deadlock what everybody waits for.
#include "checker.h"

namespace simgpu {
namespace {

std::string triple(uint64_t x, uint64_t y, uint64_t z) {
  return "(" + std::to_string(x) + ", " + std::to_string(y) + ", " + std::to_string(z) + ")";
}

std::string describe_code(const Program& program, uint32_t source) {
  const SourceLine& line = program.sources[source];
  std::string text = "PTX line " + std::to_string(line.ptx_line) + " (" + line.text + ")";
  if (line.line != 0) {
    auto file = program.files.find(line.file);
    text += ", " + (file == program.files.end() ? "source" : file->second) + ":" +
            std::to_string(line.line);
  }
  return text;
}

std::string lane_list(uint32_t mask) {
  std::string text;
  for (uint32_t l = 0; l < 32; ++l) {
    if ((mask >> l & 1) == 0) continue;
    uint32_t end = l;
    while (end < 31 && (mask >> (end + 1) & 1)) ++end;
    text += (text.empty() ? "" : ",") + std::to_string(l);
    if (end > l) text += "-" + std::to_string(end);
    l = end;
  }
  return text;
}

}  // namespace

std::string describe_place(const Warp& w, uint32_t source, int lane) {
  const Block& block = *w.block;
  const Dim3& size = block.grid->launch->block;
  uint64_t thread = uint64_t{w.index} * 32 + static_cast<uint64_t>(lane);
  const std::string& kernel = block.grid->entry->name;
  const std::string& function =
      w.program->functions[static_cast<size_t>(w.program->sources[source].function)].name;
  std::string text = "kernel '" + kernel + "'";
  if (function != kernel) text += " in function '" + function + "'";
  return text + ", " + describe_code(*w.program, source) + ", block " +
         triple(block.x, block.y, block.z) + ", thread " +
         triple(thread % size.x, thread / size.x % size.y, thread / size.x / size.y);
}

std::string describe_access(const Block& block, const Segment& segment, uint32_t lane,
                            uint32_t source, const char* what) {
  const Dim3 &grid = block.grid->launch->grid, &size = block.grid->launch->block;
  uint64_t thread = uint64_t{segment.warp} * 32 + lane;
  return std::string("the ") + what + " by thread " +
         triple(thread % size.x, thread / size.x % size.y, thread / size.x / size.y) +
         " of block " +
         triple(segment.block % grid.x, segment.block / grid.x % grid.y,
                segment.block / grid.x / grid.y) +
         " at " + describe_code(*block.grid->program, source);
}

void Block::report_deadlock() {
  std::string text = "kernel '" + grid->entry->name + "', block " + triple(x, y, z) +
                     ": deadlock, no thread can go on:";
  int shown = 0;
  for (const auto& warp : warps) {
    for (uint32_t i = 0; i < warp->fragment_count; ++i) {
      const Fragment& f = warp->fragments[i];
      if (++shown > 8) continue;
      text += "\n  warp " + std::to_string(warp->index) + ", lanes " + lane_list(f.mask) +
              " wait at " + describe_code(*grid->program, grid->program->code[f.pc].source);
      if (f.state == Fragment::kMeeting) {
        text += " for lanes " + lane_list(f.member_mask & warp->live & ~f.mask);
      } else {
        const Barrier& barrier = barriers[f.barrier];
        text += " at barrier " + std::to_string(f.barrier) + ", which " +
                std::to_string(barrier.arrived) + " of " +
                std::to_string(barrier.expected == 0 ? live : barrier.expected) +
                " threads have reached";
      }
    }
  }
  if (shown > 8) text += "\n  and " + std::to_string(shown - 8) + " more groups of threads";
  fault = Fault{FaultKind::kDeadlock, text};
}

}  // namespace simgpu
