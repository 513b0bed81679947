#include "shared/log/postgres/postgres_log.hpp"

#include <initializer_list>

#include "shared/log/postgres/catalog.hpp"
#include "shared/log/postgres/events.hpp"
#include "shared/log/postgres/folds.hpp"
#include "shared/log/postgres/held.hpp"
#include "shared/log/postgres/intake.hpp"
#include "shared/log/postgres/lane.hpp"
#include "shared/log/postgres/library.hpp"
#include "shared/log/postgres/link_key.hpp"
#include "shared/log/postgres/listeners.hpp"
#include "shared/log/postgres/ownership.hpp"
#include "shared/log/postgres/past.hpp"
#include "shared/log/postgres/pauses.hpp"
#include "shared/log/postgres/readers.hpp"
#include "shared/log/postgres/run_ends.hpp"
#include "shared/log/postgres/schedules.hpp"
#include "shared/log/postgres/slots.hpp"

namespace callboard::log {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kReaderThreads = 3;
constexpr std::size_t kReaderQueue = 4096;
constexpr std::size_t kLeaseQueue = 64;
constexpr Micros kMaintenance = 1h;

// Members that have been dead for a day are forgotten.
constexpr Statement kForgetMembers{"forget_members",
                                   "delete from member where until < now() - interval '1 day'"};
constexpr Statement kMakePartitions{"make_partitions", "select make_partitions($1::int)"};

Result<bool> maintain(Session& session) {
  const auto made = session.run(kMakePartitions, Params().add(std::int32_t{limits::kDaysAhead}));
  if (!made) return failed<bool>(made);
  const auto forgotten = session.run(kForgetMembers, {});
  return forgotten ? Result<bool>(true) : failed<bool>(forgotten);
}

}  // namespace

class PostgresLog::Parts {
 public:
  Parts(runtime::AsioLoop& loop, const Clock& clock, const Options& options)
      : loop_(loop),
        connector_(2, 8),
        leases_(loop, options.url, 1, kLeaseQueue),
        readers_(loop, options.url, kReaderThreads, kReaderQueue),
        lane_({loop, clock, connector_, options.url, backlog_, options.partitions}),
        large_({loop, clock, connector_, options.url, backlog_, options.partitions}),
        events(loop, lane_, backlog_, readers_),
        intake(loop, lane_, large_, backlog_),
        catalog(readers_),
        ownership(leases_, readers_),
        slots(loop, lane_, backlog_, readers_),
        pauses(readers_),
        run_ends(readers_),
        listeners(readers_),
        held(readers_),
        link_key(readers_),
        past(readers_),
        library(readers_),
        folds(readers_),
        schedules(readers_) {
    lane_.start();
    large_.start();
    maintain_later();
  }
  ~Parts() { loop_.cancel(maintenance_); }

  bool is_connected() const { return lane_.is_connected(); }
  std::string last_problem() const { return lane_.last_problem(); }

  Counts counts() const {
    Counts counts;
    for (const Lane* lane : {&lane_, &large_}) {
      const LaneCounts& more = lane->counts();
      counts.commits += more.commits;
      counts.rows += more.rows;
      counts.lost += more.lost;
      counts.retries += more.retries;
      counts.reconnects += more.reconnects;
      counts.commit_micros += more.commit_micros;
    }
    counts.waiting_rows = backlog_.rows;
    counts.waiting_bytes = backlog_.bytes;
    return counts;
  }

 private:
  /// Day partitions are made days ahead, so a failure has days to be mended by the next try.
  void maintain_later() {
    maintenance_ = loop_.after(kMaintenance, [this] {
      readers_.run<bool>(maintain, [](const Result<bool>&) {});
      maintain_later();
    });
  }

  runtime::AsioLoop& loop_;
  Loop::TimerId maintenance_ = 0;
  Backlog backlog_;
  runtime::BlockingPool connector_;
  Readers leases_;
  Readers readers_;
  Lane lane_;
  Lane large_;

 public:
  PostgresEvents events;
  PostgresIntake intake;
  PostgresCatalog catalog;
  PostgresOwnership ownership;
  PostgresSlots slots;
  PostgresPauses pauses;
  PostgresRunEnds run_ends;
  PostgresListeners listeners;
  PostgresHeld held;
  PostgresLinkKey link_key;
  PostgresPast past;
  PostgresLibrary library;
  PostgresFolds folds;
  PostgresSchedules schedules;
};

Result<std::unique_ptr<PostgresLog>> PostgresLog::open(runtime::AsioLoop& loop, const Clock& clock,
                                                       const Options& options) {
  if (auto checked = check_schema(options.url, {options.partitions, options.wait}); !checked) {
    return std::unexpected(checked.error());
  }
  return std::unique_ptr<PostgresLog>(new PostgresLog(std::make_unique<Parts>(loop, clock, options)));
}

PostgresLog::PostgresLog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PostgresLog::~PostgresLog() = default;
void PostgresLog::stop() { parts_.reset(); }

EventLog& PostgresLog::events() { return parts_->events; }
Intake& PostgresLog::intake() { return parts_->intake; }
Catalog& PostgresLog::catalog() { return parts_->catalog; }
Ownership& PostgresLog::ownership() { return parts_->ownership; }
Slots& PostgresLog::slots() { return parts_->slots; }
Pauses& PostgresLog::pauses() { return parts_->pauses; }
Listeners& PostgresLog::listeners() { return parts_->listeners; }
RunEnds& PostgresLog::run_ends() { return parts_->run_ends; }
Held& PostgresLog::held() { return parts_->held; }
LinkKey& PostgresLog::link_key() { return parts_->link_key; }
Past& PostgresLog::past() { return parts_->past; }
Library& PostgresLog::library() { return parts_->library; }
Folds& PostgresLog::folds() { return parts_->folds; }
Schedules& PostgresLog::schedules() { return parts_->schedules; }

bool PostgresLog::is_connected() const { return parts_ && parts_->is_connected(); }
std::string PostgresLog::last_problem() const { return parts_->last_problem(); }
PostgresLog::Counts PostgresLog::counts() const { return parts_->counts(); }

}  // namespace callboard::log
