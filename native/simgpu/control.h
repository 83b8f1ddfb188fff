// Numbers that the decoder writes into operations and the control handlers read.
#ifndef FIGMENT_SIMGPU_CONTROL_H_
#define FIGMENT_SIMGPU_CONTROL_H_

#include <cstdint>

namespace simgpu {

enum class SpecialRegister : uint8_t {
  kTidX,
  kTidY,
  kTidZ,
  kLaneid,
  kLanemaskEq,
  kLanemaskLt,
  kLanemaskLe,
  kLanemaskGe,
  kLanemaskGt,
  kNtidX,
  kNtidY,
  kNtidZ,
  kCtaidX,
  kCtaidY,
  kCtaidZ,
  kNctaidX,
  kNctaidY,
  kNctaidZ,
  kWarpid,
  kNwarpid,
  kSmid,
  kNsmid,
  kClock,
  kClockHigh,
  kTimer,
  kDynamicShared,
  kTotalShared,
  kZero,
};

// Op::x of an operation at which lanes meet; Op::y says which variant.
enum MeetingKind : uint8_t { kShuffle, kVote, kMatch, kRedux, kWarpBarrier, kElect };
enum ShuffleMode : uint8_t { kUp, kDown, kButterfly, kIndex };
enum VoteMode : uint8_t { kVoteAll, kVoteAny, kVoteUniform, kVoteBallot };
enum MatchMode : uint8_t { kMatchAny32, kMatchAll32, kMatchAny64, kMatchAll64 };
enum ReduxMode : uint8_t {
  kReduxAdd,
  kReduxMinU,
  kReduxMaxU,
  kReduxMinS,
  kReduxMaxS,
  kReduxAnd,
  kReduxOr,
  kReduxXor
};

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_CONTROL_H_
