#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/log/log.hpp"

/// How far each schedule has come, and what became of its ticks. Whoever wants to make a tick's run decides
/// it here first: a decision names the state that it rests on, so that of two deciders one loses and reads
/// again. The rules of the ports in log.hpp hold.
namespace callboard::log {

/// A schedule of a workflow. `id` tells it from others, for ever (cron expression and zone).
struct ScheduleKey {
  std::string workflow;  // slug
  std::string id;

  friend auto operator<=>(const ScheduleKey&, const ScheduleKey&) = default;
};

/// Stored as numbers.
enum class TickOutcome : std::uint8_t {
  starting = 0,  // its run is to be made; it has none that is known of yet
  started = 1,   // its run stands
  waiting = 2,   // for the run before to close
  ended = 3,     // its run was seen closed
  skipped = 4,
  failed = 5,  // its run could not be made
};

/// One row of the account.
struct Tick {
  Time at{};  // when it was due by the schedule; of several in one row, the last of them
  TickOutcome outcome = TickOutcome::starting;
  bool caught_up = false;    // it was missed, and made good
  std::string definition{};  // hash; of the one that its run has
  std::int32_t count = 1;    // ticks that this row accounts for
  std::string detail{};      // why it was skipped or failed
  std::optional<RunId> run{};
  Time decided_at{};  // set by the log

  friend bool operator==(const Tick&, const Tick&) = default;
};

struct ScheduleState {
  ScheduleKey key;
  std::int64_t serial = 0;  // counts decisions
  Time considered{};        // every tick up to here is accounted for
  std::vector<Tick> open;   // starting, waiting, and started whose run is open; by time
};

class Schedules {
 public:
  virtual ~Schedules() = default;

  /// The schedules of a workflow as its definition `hash` has them: those that are new begin now, the others
  /// of that workflow end, and what waits of them is skipped. Nothing happens to a workflow whose current
  /// definition is another one, or that has none.
  struct Kept {
    std::string workflow;
    std::string hash;
    std::vector<std::string> ids;
  };
  virtual void keep(std::vector<Kept> workflows, Done<bool> done) = 0;
  /// Ends those of workflows that are not current any more; drops rows of the account older than
  /// limits::kTickAge.
  virtual void sweep(Done<bool> done) = 0;

  /// Of those that stand, in any order.
  virtual void read(std::vector<ScheduleKey> keys, Done<std::vector<ScheduleState>> done) = 0;

  /// What was decided, given the state with that serial. A tick that has a row already takes this one's
  /// outcome, definition and detail.
  struct Decision {
    ScheduleKey key;
    std::string hash;  // of the workflow's definition, which must be current
    std::int64_t serial = 0;
    Time considered{};
    std::vector<Tick> ticks;
  };
  /// Each is whole or nothing: nothing where the schedule ended, another decision came first, or the
  /// definition is not current. Answers with the keys of those that stand. Beyond limits::kTicksKept rows of
  /// a schedule the oldest that are settled are dropped, a few at a time.
  virtual void decide(std::vector<Decision> decisions, Done<std::vector<ScheduleKey>> done) = 0;

  /// What became of ticks that are `starting`: others stay as they are.
  struct Settled {
    ScheduleKey key;
    Tick tick;
  };
  virtual void settle(std::vector<Settled> ticks, Done<bool> done) = 0;
  /// Those that have been starting for longer than `age`: whoever was to make their runs may be dead. The
  /// oldest first.
  virtual void starting(Micros age, int limit, Done<std::vector<Settled>> done) = 0;

  /// The account of a workflow, schedules that ended included; newest first.
  virtual void ticks(std::string workflow, int limit, Done<std::vector<Settled>> done) = 0;
};

/// For people; an ended one was started.
inline std::string_view to_string(TickOutcome outcome) {
  switch (outcome) {
    case TickOutcome::starting: return "starting";
    case TickOutcome::started:
    case TickOutcome::ended: return "started";
    case TickOutcome::waiting: return "waiting";
    case TickOutcome::skipped: return "skipped";
    case TickOutcome::failed: return "failed";
  }
  return "failed";
}

/// The detail of a tick that waited when its schedule ended.
inline constexpr std::string_view kScheduleEnded = "its schedule ended while it waited";

}  // namespace callboard::log
