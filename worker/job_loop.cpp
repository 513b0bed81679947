#include "worker/job_loop.hpp"

#include <utility>

#include "shared/base/check.hpp"
#include "topics/job.hpp"

namespace callboard::worker {
namespace {

constexpr std::size_t kRunningShown = 1'000;
/// How long stopped executions may take to end before a drain that has waited long enough goes on without
/// them.
constexpr Micros kEndWait = std::chrono::seconds(2);

}  // namespace

JobLoop::JobLoop(Ports ports, const Executors& executors, const Secrets& secrets, Options options)
    : ports_(ports),
      options_(std::move(options)),
      bench_{
          .loop = ports.loop,
          .clock = ports.clock,
          .events = ports.events,
          .ownership = ports.ownership,
          .executors = executors,
          .secrets = secrets,
          .record = options_.record,
          .self = options_.self,
          .complain =
              [this](std::string_view message) {
                if (options_.complain) options_.complain(bench_.secrets.scrub(message));
              },
          .writers = Writers(options_.self),
          .gate = Gate(ports.loop),
          .outbox = Outbox(ports.loop, ports.jobs, ports.notices,
                           [this](const std::vector<std::uint64_t>& handles) { handlings_over(handles); })},
      membership_({ports.loop, ports.clock, ports.ownership, ports.notices},
                  {.id = options_.self,
                   .role = log::Ownership::Role::worker,
                   .name = options_.name,
                   .pool = options_.pool,
                   .slots = options_.slots},
                  {.describe = [this] { return describe(); },
                   .on_renewed = [this](Time now, Steady sent) { lease_renewed(now, sent); },
                   .on_lapsed = [this] { lease_lapsed(); }}) {
  CALLBOARD_CHECK(options_.slots >= 1 && options_.slots <= limits::kResultsHeld);
}

JobLoop::~JobLoop() {
  ports_.loop.cancel(renewal_timer_);
  ports_.loop.cancel(grace_timer_);
}

void JobLoop::start() {
  ports_.notices.listen(topics::Notices::Audience::workers,
                        life_.guard([this](std::string_view bytes) { stop_run(bytes); }));
  ports_.jobs.start(life_.guard([this](topics::JobDelivery delivery) { take(std::move(delivery)); }));
  membership_.start();
  renew_jobs();
  ports_.jobs.want(options_.slots);
}

void JobLoop::take(topics::JobDelivery delivery) {
  ++counts_.jobs;
  const std::uint64_t handle = delivery.handle;
  if (draining_) return bench_.outbox.hand_back(handle, Micros(0));
  if (counts_.lapses > 0 && !membership_.holds()) {
    return bench_.outbox.hand_back(handle, limits::kAckWait);
  }
  auto job = topics::decode_job(delivery.bytes);
  if (job && job->slice.steps.empty()) job = fail(ErrorCode::invalid, "it has no steps");
  if (!job) {
    ++counts_.undecodable;
    return unreadable_.take(delivery, job.error().message);
  }
  const auto [place, is_new] = handlings_.try_emplace(
      handle, std::make_unique<Handling>(bench_, std::move(delivery), std::move(*job)));
  CALLBOARD_CHECK(is_new);
  if (busy() == options_.slots) membership_.announce();
  place->second->begin();
}

/// Visits in the order of arrival. Handlings end in a later turn, never during a visit.
template <typename F>
void JobLoop::each_handling(F visit) {
  for (auto& [handle, handling] : handlings_) visit(*handling);
}

void JobLoop::stop_run(std::string_view bytes) {
  const auto stop = topics::decode_stop(bytes);
  if (!stop) return;
  each_handling([&](Handling& handling) {
    if (handling.is_meant(*stop)) handling.cancel(stop->reason);
  });
}

void JobLoop::renew_jobs() {
  renewal_timer_ = ports_.loop.after(limits::kAckRenewal, life_.guard([this] { renew_jobs(); }));
  std::vector<std::uint64_t> handles;
  for (const auto& [handle, handling] : handlings_) handles.push_back(handle);
  if (!handles.empty()) ports_.jobs.renew(handles);
}

void JobLoop::lease_renewed(Time database_now, Steady sent) {
  if (options_.on_database_time) options_.on_database_time(database_now, sent);
  look_for_outcomes();
}

/// A message to stop may be lost; the outcome that a closed run or a faster worker wrote under an attempt's
/// key is not.
void JobLoop::look_for_outcomes() {
  if (looking_) return;
  std::vector<log::EventLog::KeyOf> keys;
  each_handling([&](Handling& handling) {
    if (handling.has_said_started()) keys.push_back({handling.run(), handling.key()});
  });
  if (keys.empty()) return;
  looking_ = true;
  ports_.events.read_keys(std::move(keys), life_.guard([this](Result<std::vector<run::Event>> found) {
    looking_ = false;
    if (!found) return;
    for (const run::Event& stored : *found) {
      each_handling([&](Handling& handling) {
        const bool is_same =
            handling.has_said_started() && handling.run() == stored.run && handling.key() == stored.key;
        if (is_same) handling.lose_to(stored);
      });
    }
  }));
}

/// What executes goes on: a database that is away for a while must not cost hours of work. Others may take
/// this worker for dead and begin the same attempt; the key then decides whose outcome counts, and the loser
/// stops at the next renewal.
void JobLoop::lease_lapsed() {
  ++counts_.lapses;
  bench_.complain("the lease could not be renewed: takes nothing new until it is");
}

void JobLoop::handlings_over(const std::vector<std::uint64_t>& handles) {
  const bool was_full = busy() == options_.slots;
  for (const std::uint64_t handle : handles) handlings_.erase(handle);
  counts_.handled += handles.size();
  if (draining_) return leave_when_idle();
  ports_.jobs.want(static_cast<std::uint32_t>(handles.size()));
  if (was_full) membership_.announce();
}

void JobLoop::drain(Micros grace, Task done) {
  if (draining_) return;
  draining_ = true;
  drained_ = std::move(done);
  membership_.announce();
  grace_timer_ = ports_.loop.after(grace, life_.guard([this] { end_now(); }));
  ports_.jobs.stop(life_.guard([this] {
    source_stopped_ = true;
    leave_when_idle();
  }));
  each_handling([](Handling& handling) { handling.wind_down(); });
}

void JobLoop::end_now() {
  CALLBOARD_CHECK(draining_);
  if (leaving_) return;
  each_handling([](Handling& handling) { handling.abandon(); });
  ports_.loop.cancel(grace_timer_);
  grace_timer_ = ports_.loop.after(kEndWait, life_.guard([this] {
    handlings_.clear();
    source_stopped_ = true;
    leave_when_idle();
  }));
}

void JobLoop::leave_when_idle() {
  if (leaving_ || !source_stopped_ || !handlings_.empty()) return;
  leaving_ = true;
  ports_.loop.cancel(std::exchange(renewal_timer_, 0));
  ports_.loop.cancel(grace_timer_);
  gone_ = true;
  auto leave = [this] {
    if (drained_) std::exchange(drained_, nullptr)();
  };
  grace_timer_ = ports_.loop.after(kEndWait, life_.guard(leave));  // the database may be away
  membership_.leave(life_.guard(leave));
}

topics::Presence JobLoop::describe() const {
  topics::Presence presence{.worker = options_.self,
                            .name = options_.name,
                            .pool = options_.pool,
                            .slots = options_.slots,
                            .busy = busy(),
                            .draining = draining_,
                            .gone = gone_,
                            .running = {}};
  for (const auto& [handle, handling] : handlings_) {
    if (presence.running.size() == kRunningShown) break;
    if (handling->has_said_started()) presence.running.push_back(handling->attempt_name());
  }
  return presence;
}

}  // namespace callboard::worker
