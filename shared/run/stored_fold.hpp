#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/checkpoints.hpp"
#include "shared/run/state.hpp"

/// The bytes of a stored fold. They are a cache: whoever can't read them folds the log instead.
///
///   fold <version> <SHA-256 of the rest, hex>\n
///   {"run","definition","checkpoint","position","at","chain","events","base"?,"state":{…},"steps":[…]}
///
/// Everything that fold() needs later is in it. The version is raised when the form changes, and when fold()
/// comes to another state from the same events than before: a reader takes its own version only.
/// tests/golden/folds.
namespace callboard::run {

inline constexpr std::uint32_t kStoredFoldVersion = 2;

/// The fold of a run at one of its checkpoints.
struct FoldPoint {
  Checkpoint checkpoint;
  std::string chain;         // CheckpointWalk::chain at it
  std::uint32_t events = 0;  // behind it
  RunState state;
};

/// Everything. `invalid` where an event that waits in the state is no JSON, `too_large` beyond
/// limits::kStoredFoldBytes: such a fold is not stored.
Result<std::string> encode_fold(const Graph& graph, const FoldPoint& point);
/// Only what differs from `base`, an earlier fold of the same run: the steps; what is not a step's is whole.
Result<std::string> encode_changes(const Graph& graph, const FoldPoint& point, const FoldPoint& base);

/// `base`: the fold that the bytes rest on, null for bytes of encode_fold. Every step, and the run itself, is
/// in the state's attention. `invalid`, with the reason, on bytes of another version, run, definition or
/// base, and on any damage.
Result<FoldPoint> decode_fold(const Graph& graph, const RunId& run, std::string_view bytes,
                              const FoldPoint* base);

/// Why it is not the fold of these events, which stand in the order of their positions, at its checkpoint;
/// nothing if it is.
std::optional<std::string> find_fault(const Graph& graph, const FoldPoint& point,
                                      const std::vector<Event>& events);

}  // namespace callboard::run
