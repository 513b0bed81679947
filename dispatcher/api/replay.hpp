#pragma once

#include <functional>
#include <vector>

#include "dispatcher/api/dead_letter.hpp"
#include "shared/http/server/exchange.hpp"

namespace callboard::dispatcher {

/// What became of the wish to execute a dead letter's step again.
struct Replay {
  enum class Kind : std::uint8_t { accepted, settled, refused };  // settled: nothing is left to do
  Kind kind = Kind::refused;
  http::Response answer;
};

enum class ReplayMode : std::uint8_t {
  one,       // open or not; a closed run is answered for once it is open again, at the latest after 5 s
  bulk,      // open ones alone, any other is settled; answers as soon as the command is in the log
  dry_bulk,  // the same, and nothing is told
};

/// Tells the run the command that has the step executed again: 202; 200 if that has happened already, 409
/// with the reason where it can't. Its key follows from the letter, so that twice is once.
void replay_letter(Context& context, LetterId id, ReplayMode mode,
                   std::move_only_function<void(Replay)> done);

/// The outcome step.lost under that key, or null.
const run::Event* find_lost(const std::vector<run::Event>& events, std::string_view key);

}  // namespace callboard::dispatcher
