#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "dispatcher/api/context.hpp"
#include "dispatcher/api/run_reader.hpp"
#include "shared/http/server/exchange.hpp"
#include "shared/run/payload.hpp"

namespace callboard::dispatcher {

/// What is to be done about a command, given the run.
struct Verdict {
  std::optional<run::Command> append;  // nothing: the run is so already
  run::RunPhase phase{};               // of the run from then on, for the answer
  std::optional<http::Response> refusal;
};
using Judge = std::move_only_function<Verdict(const RunEvents&)>;

Verdict refuse_command(std::string_view detail);  // 409
/// A command that is meant for the run's generation alone.
run::Command make_command(std::string name, const run::RunState& state);

/// cancel, pause, resume and retry; nothing if it is none of these.
std::optional<Judge> find_judge(std::string_view action);

/// Appends the command under `key`; one that stands there already is answered as the first one was. `waits`:
/// a run that is closed is answered for once its owner has opened it again, at the latest after 5 s.
void tell_run(Context& context, const run::RunState& state, std::string key, const run::Command& command,
              run::RunPhase phase, bool waits, std::move_only_function<void(http::Response)> done);

/// Reads the run, judges, and tells it so, unless a command stands under `key` already.
void ask_run(Context& context, const RunId& run, std::string key, Judge judge, bool waits,
             std::move_only_function<void(http::Response)> done);

}  // namespace callboard::dispatcher
