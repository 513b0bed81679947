#pragma once

#include <string>
#include <vector>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/context.hpp"
#include "dispatcher/api/router.hpp"

namespace callboard::dispatcher {

/// `schedule` of a backfill: the ticks of a range of times, both ends included.
struct ScheduleRange {
  Time from{};
  Time until{};
  std::string cron;  // of one schedule; empty: all of the workflow's
};

/// The member `schedule` of a body.
Read<ScheduleRange> read_schedule_range(const Value& body, Time now);

/// Makes the runs of the ticks, one after the other, `interval` apart, as many as fit a few seconds, and
/// answers with where to go on. A tick whose run stands already keeps that one.
void backfill_schedule(Context& context, CurrentWorkflowPtr workflow, const ScheduleRange& range,
                       Micros interval, bool dry_run, http::Responder responder);

}  // namespace callboard::dispatcher
