#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "shared/base/ports.hpp"
#include "shared/log/log.hpp"
#include "worker/execution_record.hpp"
#include "worker/gate.hpp"
#include "worker/outbox.hpp"
#include "worker/secrets.hpp"
#include "worker/steps/executor.hpp"

namespace callboard::worker {

/// What the handlings of one process share. Borrowed from the job loop.
struct Bench {
  Loop& loop;
  Clock& clock;
  log::EventLog& events;
  log::Ownership& ownership;
  const Executors& executors;
  const Secrets& secrets;
  ExecutionRecord* record;  // null: none is kept
  Incarnation self;
  std::function<void(std::string_view)> complain;

  Writers writers;
  Gate gate;
  Outbox outbox;
  /// Attempts that execute in this process ("<run>/<result key>"), and the handling that has each.
  std::map<std::string, std::uint64_t> executing = {};
};

}  // namespace callboard::worker
