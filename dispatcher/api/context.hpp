#pragma once

#include <functional>
#include <string>

#include "dispatcher/api/approval_links.hpp"
#include "dispatcher/engine/engine.hpp"
#include "dispatcher/ingress/ingress.hpp"
#include "dispatcher/schedule/tick_runs.hpp"
#include "dispatcher/triggers/folder_watch.hpp"
#include "dispatcher/triggers/registry.hpp"
#include "shared/http/server/server.hpp"
#include "shared/log/held.hpp"
#include "shared/log/log.hpp"
#include "shared/log/past.hpp"
#include "shared/telemetry/metrics.hpp"
#include "topics/bus.hpp"

namespace callboard::dispatcher {

/// What the append path of the log counts.
struct LogCounts {
  std::uint64_t commits = 0, rows = 0, lost = 0, retries = 0, reconnects = 0, commit_micros = 0,
                waiting_rows = 0, waiting_bytes = 0;
};

/// What the resources work with; all of it outlives them.
struct Context {
  Loop& loop;
  Clock& clock;
  Random& random;
  log::EventLog& events;
  log::Intake& intake;
  log::Catalog& catalog;
  log::Pauses& pauses;
  log::Schedules& schedules;
  log::Held& held;
  log::Slots& slots;
  log::Past& past;
  log::Library& library;
  log::Listeners& listeners;
  topics::BusHealth& bus;
  Engine& engine;
  Definitions& definitions;
  Registry& registry;
  Ingress& ingress;
  TickRuns& ticks;
  ApprovalLinks& links;
  telemetry::Metrics& metrics;
  const FolderWatch* folder = nullptr;  // null: no folder is watched
  std::function<http::Server::Counts()> http_counts;
  std::function<LogCounts()> log_counts;
  std::string version;     // of this program
  std::string public_url;  // or empty
  std::string vars = "{}";
};

}  // namespace callboard::dispatcher
