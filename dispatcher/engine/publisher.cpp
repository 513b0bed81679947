#include "dispatcher/engine/publisher.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"
#include "shared/base/limits.hpp"
#include "shared/run/close.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/party.hpp"
#include "shared/run/slice.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kWindowUnknown = 64;  // of a pool whose workers may not have been heard of yet
constexpr std::size_t kWindowUnmanned = 2;  // of one that has no workers: what is published keeps its order
constexpr Micros kLookTick = std::chrono::milliseconds(250);
constexpr Micros kBackoffLeast = std::chrono::milliseconds(100);
constexpr Micros kBackoffMost = std::chrono::seconds(2);

std::int64_t look_tick(Steady at) { return at.time_since_epoch() / kLookTick; }

}  // namespace

std::size_t Job::first_open() const {
  std::size_t at = 0;
  while (at < steps.size() && run->jobs[steps[at]] != serial) ++at;
  return at;
}

Publisher::Publisher(const Engine::Ports& ports, const Fleet& fleet, const Partitions& partitions,
                     const Pauses& pauses, Engine::Counts& counts, Unsendable unsendable)
    : ports_(ports),
      fleet_(fleet),
      partitions_(partitions),
      pauses_(pauses),
      counts_(counts),
      unsendable_(std::move(unsendable)) {}

void Publisher::offer(OpenRun& run, const run::PublishJob& asked) {
  if (run.jobs.size() < run.state.steps.size()) run.jobs.resize(run.state.steps.size(), 0);
  const run::StepIndex first = asked.steps.front();
  if (const Job* known = find(run.jobs[first])) {
    const auto at = static_cast<std::size_t>(std::ranges::find(known->steps, first) - known->steps.begin());
    if (known->attempt_of(at) == asked.attempt && known->generation == run.state.generation) return;
  }
  for (const run::StepIndex step : asked.steps) {
    if (Job* stale = find(run.jobs[step])) finish(*stale);
  }
  const std::uint64_t serial = ++last_serial_;
  Job& job = jobs_[serial];
  job.serial = serial;
  job.run = &run;
  job.steps = asked.steps;
  job.attempt = asked.attempt;
  job.generation = run.state.generation;
  job.again = run.again;
  for (const run::StepIndex step : job.steps) run.jobs[step] = serial;
  const std::string& name = run.step(first).pool;
  job.pool = &pools_[name];
  if (job.pool->name.empty()) job.pool->name = name;
  enqueue(job);
}

void Publisher::enqueue(Job& job) {
  Pool& pool = *job.pool;
  job.phase = Job::Phase::waiting;
  OpenRun& run = *job.run;
  if (run.party.empty()) run.party = run::party_of(run.state.created);
  run.rank = std::max(pool.waiting.rank(run.party), run.rank) + 1;
  job.place = {run.party, -run.step(job.steps[0]).priority, run.rank, job.serial};
  pool.waiting.add(job.place);
}

bool Publisher::may_publish() const {
  return ports_.clock.steady() >= closed_until_ && partitions_.acts() && ports_.bus.is_connected();
}

bool Publisher::is_held(const OpenRun& run) const {
  if (run.state.phase == run::RunPhase::paused) return true;
  return run.state.phase == run::RunPhase::running && pauses_.find_over(run) != nullptr;
}

void Publisher::pump() {
  if (!may_publish()) return;
  for (auto& [name, pool] : pools_) {
    const std::size_t most = window(pool);
    while (pool.in_flight < most) {
      const auto serial = pool.waiting.take([this](std::uint64_t of) {
        const Job* const job = find(of);
        CALLBOARD_CHECK(job != nullptr);
        return partitions_.owns(job->run->partition) && !is_held(*job->run);
      });
      if (!serial) break;
      publish(*find(*serial));
    }
  }
}

void Publisher::publish(Job& job) {
  OpenRun& run = *job.run;
  job.phase = Job::Phase::publishing;
  ++job.pool->in_flight;
  const std::size_t from = job.first_open();
  CALLBOARD_CHECK(from < job.steps.size());
  const run::PublishJob part{{job.steps.begin() + static_cast<std::ptrdiff_t>(from), job.steps.end()},
                             job.attempt_of(from)};
  auto slice = run::cut_slice(*run.graph, run.state, part);
  topics::Job message;
  std::string bytes;
  if (slice) {
    for (std::size_t at = from + slice->steps.size(); at < job.steps.size(); ++at)
      run.jobs[job.steps[at]] = 0;
    job.steps.resize(from + slice->steps.size());
    message.slice = std::move(*slice);
    message.workflow = run.graph->slug;
    message.again = job.again;
    message.untrusted = run.state.created.untrusted;
    message.partition = run.partition;
    message.published_at = ports_.clock.now();
    // What may clean up behind a cancel may also go on behind the run's time-out, which is one.
    const bool may_go_on =
        run::may_outlive_cancel(*run.graph, run::root_of(*run.graph, run.state, job.steps[from]));
    if (!run.state.closing && !may_go_on) message.deadline = run::deadline(*run.graph, run.state);
    bytes = topics::encode_job(message);
  }
  if (!slice || bytes.size() > limits::kJobBytes) {
    const run::StepIndex step = job.steps[from];
    Error error =
        slice ? Error{ErrorCode::too_large, "the job exceeds " + std::to_string(limits::kJobBytes) + " bytes"}
              : std::move(slice.error());
    const std::uint32_t attempt = part.attempt;
    finish(job);
    unsendable_(run, step, attempt, std::move(error));
    return;
  }
  job.sent_from = from;
  if (job.published_at == Time{}) job.published_at = message.published_at;
  ++counts_.jobs_published;
  ports_.jobs.publish(job.pool->name, topics::job_id(message), std::move(bytes),
                      [this, serial = job.serial](Result<topics::Receipt> receipt) {
                        published(serial, std::move(receipt));
                      });
}

void Publisher::published(std::uint64_t serial, Result<topics::Receipt> receipt) {
  Job* const job = find(serial);
  if (receipt) {
    backoff_ = Micros(0);
    refusal_.clear();
    saw_stream(receipt->stream);
    if (job == nullptr || job->phase != Job::Phase::publishing) return;
    job->phase = Job::Phase::published;
    job->receipt = *receipt;
    job->again = true;  // of whatever copy comes next
    look_again(*job, limits::kOverdue);
    return;
  }
  close_for_a_while();
  refusal_ = receipt.error().message;
  if (job == nullptr || job->phase != Job::Phase::publishing) return;
  --job->pool->in_flight;
  job->again = true;  // an error says nothing about whether the broker has it
  enqueue(*job);
}

/// The answers of jobs that were on their way together are one refusal.
void Publisher::close_for_a_while() {
  const Steady now = ports_.clock.steady();
  if (now < closed_until_) return;
  backoff_ = std::clamp(backoff_ * 2, kBackoffLeast, kBackoffMost);
  closed_until_ = now + backoff_;
}

/// A stream was made anew: what stood in the one before it is looked up now.
void Publisher::saw_stream(std::uint64_t stream) {
  if (std::exchange(stream_, stream) == stream) return;
  std::vector<std::uint64_t> lost;
  for (auto& [tick, serials] : due_) {
    std::erase_if(serials, [&](std::uint64_t serial) {
      const Job* const job = find(serial);
      const bool is_lost =
          job != nullptr && job->phase == Job::Phase::published && job->receipt.stream != stream;
      if (is_lost) lost.push_back(serial);
      return is_lost;
    });
  }
  if (!lost.empty()) std::ranges::copy(lost, std::back_inserter(due_[look_tick(ports_.clock.steady())]));
}

void Publisher::republish(Job& job) {
  CALLBOARD_CHECK(job.phase == Job::Phase::published);
  --job.pool->in_flight;
  job.again = true;
  job.looks = 0;
  ++counts_.jobs_republished;
  enqueue(job);
}

void Publisher::settled(OpenRun& run, run::StepIndex step, std::uint32_t attempt, bool completed) {
  Job* const job = step < run.jobs.size() ? find(run.jobs[step]) : nullptr;
  if (job == nullptr) return;
  const auto at = static_cast<std::size_t>(std::ranges::find(job->steps, step) - job->steps.begin());
  if (job->attempt_of(at) != attempt) return;
  run.jobs[step] = 0;
  job->looks = 0;
  if (!completed) release(*job, at + 1);
  if (job->first_open() == job->steps.size()) finish(*job);
}

void Publisher::leave_lane(Job& job) {
  if (job.phase == Job::Phase::waiting) {
    job.pool->waiting.remove(job.place);
  } else {
    --job.pool->in_flight;
  }
}

void Publisher::release(const Job& job, std::size_t from) {
  for (std::size_t at = from; at < job.steps.size(); ++at) {
    std::uint64_t& carrier = job.run->jobs[job.steps[at]];
    if (carrier == job.serial) carrier = 0;
  }
}

void Publisher::finish(Job& job) {
  leave_lane(job);
  release(job, 0);
  jobs_.erase(job.serial);
}

void Publisher::drop(OpenRun& run) {
  for (const std::uint64_t serial : run.jobs) {
    if (Job* const job = find(serial)) finish(*job);
  }
}

void Publisher::withdraw(OpenRun& run) {
  for (const std::uint64_t serial : run.jobs) {
    Job* const job = find(serial);
    if (job == nullptr || job->phase != Job::Phase::waiting) continue;
    run.again |= job->again;  // the bus may have it all the same
    finish(*job);
  }
}

/// Items have their places in the order in which the log spoke of them, as it was read.
void Publisher::move_places(OpenRun& run, const std::vector<run::Item>& items) {
  if (items.empty()) return;
  const std::size_t steps = run.graph->steps.size();
  const auto place_now = [&](run::StepIndex place) {
    if (place < steps) return place;
    const run::Item& item = items[place - steps];
    return run::find_place(run.state, item.map, item.number);
  };
  std::vector<std::uint64_t> jobs(run.state.steps.size(), 0);
  for (run::StepIndex place = 0; place < run.jobs.size(); ++place) {
    Job* const job = find(run.jobs[place]);
    if (job == nullptr) continue;
    const run::StepIndex now = place_now(place);
    if (now == run::kNoStep) {
      finish(*job);  // an item travels in no line
      continue;
    }
    std::ranges::replace(job->steps, place, now);
    jobs[now] = job->serial;
  }
  run.jobs = std::move(jobs);
}

void Publisher::compare(OpenRun& run, const std::vector<run::Item>& items) {
  move_places(run, items);
  for (const std::uint64_t serial : run.jobs) {
    Job* const job = find(serial);
    if (job == nullptr) continue;
    for (std::size_t at = 0; at < job->steps.size(); ++at) {
      const run::StepIndex step = job->steps[at];
      // A rewind takes the items of maps away.
      const bool is_gone = step >= run.state.steps.size();
      const run::StepState state = is_gone ? run::StepState() : run.state.steps[step];
      const bool is_current =
          !is_gone && !run::is_closed(state.phase) && state.phase != run::StepPhase::deciding &&
          state.phase != run::StepPhase::asking && state.phase != run::StepPhase::judging &&
          state.attempt == job->attempt_of(at) && state.generation == job->generation;
      if (is_current) continue;
      if (run.jobs[step] == serial) run.jobs[step] = 0;
      if (state.phase != run::StepPhase::completed) release(*job, at + 1);
    }
    if (job->first_open() == job->steps.size()) finish(*job);
  }
}

Job* Publisher::find(std::uint64_t serial) {
  const auto found = serial == 0 ? jobs_.end() : jobs_.find(serial);
  return found == jobs_.end() ? nullptr : &found->second;
}

const Job* Publisher::find(std::uint64_t serial) const {
  const auto found = serial == 0 ? jobs_.end() : jobs_.find(serial);
  return found == jobs_.end() ? nullptr : &found->second;
}

std::vector<std::uint64_t> Publisher::take_due(std::size_t most) {
  std::vector<std::uint64_t> out;
  const std::int64_t now = look_tick(ports_.clock.steady());
  while (!due_.empty() && due_.begin()->first <= now && out.size() < most) {
    auto node = due_.extract(due_.begin());
    for (const std::uint64_t serial : node.mapped()) {
      const Job* const job = find(serial);
      if (job != nullptr && job->phase == Job::Phase::published) out.push_back(serial);
    }
  }
  return out;
}

void Publisher::look_again(const Job& job, Micros delay) {
  if (const auto& queue_timeout = job.run->step(job.steps[job.first_open()]).queue_timeout) {
    const Micros left = job.published_at + *queue_timeout - ports_.clock.now();
    if (left >= Micros(0)) delay = std::min(delay, left + Micros(1));
  }
  due_[look_tick(ports_.clock.steady() + delay) + 1].push_back(job.serial);
}

std::string Publisher::bus_id(const Job& job) const {
  topics::Job named;
  named.slice.run = job.run->state.id;
  named.slice.generation = job.run->state.generation;
  named.slice.steps.resize(1);
  named.slice.steps[0].key = job.run->key(job.steps[job.sent_from]);
  named.slice.steps[0].attempt = job.attempt_of(job.sent_from);
  return topics::job_id(named);
}

std::size_t Publisher::waiting() const {
  std::size_t sum = 0;
  for (const auto& [name, pool] : pools_) sum += pool.waiting.size();
  return sum;
}

std::string Publisher::trouble() const { return ports_.bus.is_connected() ? refusal_ : "the bus is away"; }

std::size_t Publisher::used(const std::string& pool) const {
  const auto found = pools_.find(pool);
  return found == pools_.end() ? 0 : found->second.in_flight + found->second.waiting.size();
}

std::size_t Publisher::share(const std::string& pool) const {
  const std::size_t slots = fleet_.slots(pool);
  if (slots == 0) return fleet_.has_listened() ? 0 : kWindowUnknown;
  return std::max<std::size_t>(1, slots / partitions_.dispatchers());
}

std::size_t Publisher::room(const std::string& pool) const {
  return share(pool) > used(pool) ? share(pool) - used(pool) : 0;
}

std::size_t Publisher::window(const Pool& pool) const {
  const std::size_t slots = fleet_.slots(pool.name);
  if (slots == 0) return fleet_.has_listened() ? kWindowUnmanned : kWindowUnknown;
  return std::max<std::size_t>(1, 2 * slots / partitions_.dispatchers());
}

}  // namespace callboard::dispatcher
