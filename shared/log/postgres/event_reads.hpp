#pragma once

#include <vector>

#include "shared/log/log.hpp"
#include "shared/log/postgres/session.hpp"

/// What is asked of the events of many runs at once. Blocking, on one session; an answer for each wish, in
/// their order.
namespace callboard::log {

using Events = std::vector<run::Event>;

/// Each run's events in the order of their positions; none if there is no such run.
Result<std::vector<Events>> read_runs(Session& session, const std::vector<RunId>& runs);
/// Of each list of keys those that exist.
Result<std::vector<Events>> read_keys(Session& session,
                                      const std::vector<std::vector<EventLog::KeyOf>>& lists);

/// An attempt whose job was redelivered and is about to begin: see EventLog::begin_again.
struct Beginner {
  RunId run;
  std::string prefix;  // of the attempt's keys
  Writer writer;
  Incarnation worker;
};
Result<std::vector<EventLog::Begun>> begin_again(Session& session, const std::vector<Beginner>& beginners);

}  // namespace callboard::log
