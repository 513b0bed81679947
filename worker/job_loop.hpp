#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/log.hpp"
#include "topics/bus.hpp"
#include "worker/bench.hpp"
#include "worker/handling.hpp"
#include "worker/membership.hpp"
#include "worker/unreadable_jobs.hpp"

namespace callboard::worker {

/// A worker: fetches jobs as it has free slots, has each handled, keeps them alive on the bus, keeps itself
/// known, takes its leave in good order. Reaches everything through ports; single-threaded on its loop;
/// deterministic from them.
class JobLoop {
 public:
  struct Ports {
    Loop& loop;
    Clock& clock;
    log::EventLog& events;
    log::Ownership& ownership;
    topics::JobSource& jobs;
    topics::Notices& notices;
  };
  struct Options {
    Incarnation self;
    std::string name;  // host and process id
    std::string pool = "default";
    std::uint32_t slots = limits::kWorkerSlots;  // 1 to limits::kResultsHeld
    ExecutionRecord* record = nullptr;
    /// Called with each renewal's answer: the database's time, and when the question was sent.
    std::function<void(Time, Steady)> on_database_time;
    /// Called with what a person should know of: a job that can't be read, a lease that lapsed.
    std::function<void(std::string_view)> complain;
  };

  /// Everything borrowed outlives the loop.
  JobLoop(Ports ports, const Executors& executors, const Secrets& secrets, Options options);
  ~JobLoop();
  JobLoop(const JobLoop&) = delete;
  JobLoop& operator=(const JobLoop&) = delete;

  void start();
  /// Fetches nothing more, hands back what has not begun, waits up to `grace` for what executes and then
  /// stops it; leaves the log and the bus. `done` is called once.
  void drain(Micros grace, Task done);
  /// While draining: stops what executes at once and hands it back.
  void end_now();

  struct Counts {
    std::uint64_t jobs = 0;  // delivered
    std::uint64_t undecodable = 0;
    std::uint64_t handled = 0;  // acknowledged or handed back
    std::uint64_t lapses = 0;   // of the lease
  };
  const Counts& counts() const { return counts_; }
  std::uint32_t busy() const { return static_cast<std::uint32_t>(handlings_.size()); }

 private:
  void take(topics::JobDelivery delivery);
  void stop_run(std::string_view bytes);
  void renew_jobs();
  void lease_renewed(Time database_now, Steady sent);
  void look_for_outcomes();
  void lease_lapsed();
  void handlings_over(const std::vector<std::uint64_t>& handles);
  void leave_when_idle();
  topics::Presence describe() const;
  template <typename F>
  void each_handling(F visit);

  Ports ports_;
  Options options_;
  Counts counts_;
  Bench bench_;
  UnreadableJobs unreadable_{bench_};
  Membership membership_;
  std::map<std::uint64_t, std::unique_ptr<Handling>> handlings_;  // by delivery
  Loop::TimerId renewal_timer_ = 0;
  Loop::TimerId grace_timer_ = 0;
  bool looking_ = false;
  bool draining_ = false;
  bool source_stopped_ = false;
  bool leaving_ = false;
  bool gone_ = false;
  Task drained_;
  Life life_;
};

}  // namespace callboard::worker
