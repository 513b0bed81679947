#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dispatcher/api/approval_links.hpp"
#include "dispatcher/engine/engine.hpp"
#include "shared/log/log.hpp"
#include "shared/run/state.hpp"

namespace callboard::dispatcher {

/// A run as the API shows it: compact JSON of the shape `Run` of /openapi.json. `reasons`: what the engine
/// knows of an open run; none: the core's own reasons are shown. With `links`, what waits for approval has
/// the address of its page. `holders` stands behind a wait for a place: who has it. `asks_again`: when a run
/// that no memory holds is read again, if it waits for a turn.
std::string write_run(const run::Graph& graph, const run::RunState& state,
                      const std::optional<std::vector<Engine::Reason>>& reasons,
                      const ApprovalLinks* links = nullptr, std::string_view holders = {},
                      std::optional<Time> asks_again = {});

/// A run that can't be folded for that reason, and is set aside: what its head row says, without steps.
std::string write_unreadable(const log::RunHead& head, std::string_view why);

/// A run that was made just now, of the shape `RunStarted`.
std::string write_started(const RunId& id, const run::Graph& graph, run::RunPhase phase);

}  // namespace callboard::dispatcher
