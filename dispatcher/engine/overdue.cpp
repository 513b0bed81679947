#include "dispatcher/engine/overdue.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/run/keys.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kJobsARound = 512;
constexpr std::size_t kProbesARound = 128;  // the others are looked at in a later round
constexpr Micros kLookSlowest = std::chrono::seconds(5);

/// The worker that says it has begun the current attempt of a step.
const Incarnation* worker_of(const run::StepState& state) {
  const bool has_begun = state.phase == run::StepPhase::running && state.started_attempt == state.attempt;
  return has_begun && state.worker != Incarnation{} ? &state.worker : nullptr;
}

const run::StepState& step_of(const Job& job) { return job.run->state.steps[job.steps[job.first_open()]]; }

}  // namespace

Job* Overdue::find_published(std::uint64_t serial) {
  Job* const job = publisher_.find(serial);
  return job != nullptr && job->phase == Job::Phase::published ? job : nullptr;
}

void Overdue::look() {
  if (in_round_ || stopped_) return;
  std::vector<std::uint64_t> due = publisher_.take_due(kJobsARound);
  if (due.empty()) return;
  in_round_ = true;
  lost_.clear();
  read(std::move(due), [this](std::vector<std::uint64_t> jobs) { find_dead(std::move(jobs)); });
}

void Overdue::read(std::vector<std::uint64_t> jobs, std::function<void(std::vector<std::uint64_t>)> then) {
  std::vector<log::EventLog::KeyOf> keys;
  for (const std::uint64_t serial : jobs) {
    const Job* const job = find_published(serial);
    if (job == nullptr) continue;
    const RunId& run = job->run->state.id;
    for (std::size_t at = job->first_open(); at < job->steps.size(); ++at) {
      const std::string step = job->run->key(job->steps[at]);
      keys.push_back({run, run::result_key(step, job->attempt_of(at), job->run->state.generation)});
      keys.push_back({run, run::started_key(step, job->attempt_of(at), job->run->state.generation)});
    }
  }
  if (keys.empty()) return end_round();
  ++counts_.overdue_reads;
  ports_.events.read_keys(std::move(keys), [this, jobs = std::move(jobs), then = std::move(then)](
                                               Result<std::vector<run::Event>> events) mutable {
    if (stopped_) return;
    if (events) {
      for (const run::Event& event : *events) runs_.fold(event);
      return then(std::move(jobs));
    }
    for (const std::uint64_t serial : jobs) {
      if (Job* const job = find_published(serial)) look_later(*job);
    }
    end_round();
  });
}

void Overdue::find_dead(std::vector<std::uint64_t> jobs) {
  std::vector<Incarnation> begun;
  for (const std::uint64_t serial : jobs) {
    const Job* const job = find_published(serial);
    if (job == nullptr) continue;
    if (const Incarnation* const worker = worker_of(step_of(*job))) begun.push_back(*worker);
  }
  dead_.clear();
  if (begun.empty()) return judge(jobs);
  std::ranges::sort(begun);
  begun.erase(std::ranges::unique(begun).begin(), begun.end());
  ports_.ownership.find_dead(std::move(begun),
                             [this, jobs = std::move(jobs)](Result<std::vector<Incarnation>> dead) {
                               if (stopped_) return;
                               if (dead) dead_.insert(dead->begin(), dead->end());
                               judge(jobs);
                             });
}

void Overdue::judge(const std::vector<std::uint64_t>& jobs) {
  std::vector<std::uint64_t> asked;
  for (const std::uint64_t serial : jobs) {
    Job* const job = find_published(serial);
    if (job == nullptr) continue;
    if (is_in_hands(*job) || asked.size() >= kProbesARound) {
      look_later(*job);
    } else {
      asked.push_back(serial);
    }
  }
  probe(std::move(asked));
}

bool Overdue::is_in_hands(Job& job) {
  if (job.run->state.phase == run::RunPhase::paused) return true;
  if (job.settling) {  // not yet, or refused: then it is written once more, under the same key
    job.settling = false;
    return true;
  }
  const std::size_t at = job.first_open();
  const run::Step& step = job.run->step(job.steps[at]);
  const run::StepState& state = step_of(job);
  const Time now = ports_.clock.now();
  const auto end = [&](run::ErrorClass error_class, std::string message) {
    job.settling = true;
    outcomes_.write(*job.run, job.steps[at], job.attempt_of(at), error_class, std::move(message));
    return true;
  };
  if (const Incarnation* const worker = worker_of(state)) {
    const bool is_dead = dead_.contains(*worker);
    // The worker keeps the time-out itself: only its silence is answered here.
    const bool is_silent = now > state.started_at + step.timeout + limits::kCancelGrace + limits::kLease;
    if (is_silent && is_dead && step.effect == run::Effect::once) {
      return end(run::ErrorClass::lost, "its worker died, and nobody knows how far it came");
    }
    if (is_silent && !is_dead)
      return end(run::ErrorClass::timeout, "its worker has been silent beyond the time-out");
    return !is_dead;
  }
  if (step.queue_timeout && now > job.published_at + *step.queue_timeout) {
    return end(run::ErrorClass::timeout, "no worker began it within " + format_duration(*step.queue_timeout));
  }
  return false;
}

void Overdue::probe(std::vector<std::uint64_t> jobs) {
  probes_open_ = jobs.size();
  if (jobs.empty()) return end_round();
  for (const std::uint64_t serial : jobs) {
    const Job& job = *publisher_.find(serial);
    ports_.jobs.probe(job.receipt, publisher_.bus_id(job), [this, serial](Result<bool> is_there) {
      if (!stopped_) probed(serial, is_there);
    });
  }
}

void Overdue::probed(std::uint64_t serial, const Result<bool>& is_there) {
  if (Job* const job = find_published(serial)) {
    if (is_there && !*is_there) {
      lost_.push_back(serial);
    } else {
      look_later(*job);
    }
  }
  if (--probes_open_ > 0) return;
  if (lost_.empty()) return end_round();
  read(std::exchange(lost_, {}), [this](std::vector<std::uint64_t> jobs) { republish(jobs); });
}

void Overdue::republish(const std::vector<std::uint64_t>& jobs) {
  for (const std::uint64_t serial : jobs) {
    Job* const job = find_published(serial);
    if (job == nullptr) continue;
    const Incarnation* const worker = worker_of(step_of(*job));
    if (worker != nullptr && !dead_.contains(*worker)) {
      look_later(*job);
    } else {
      publisher_.republish(*job);
    }
  }
  publisher_.pump();
  end_round();
}

void Overdue::look_later(Job& job) {
  const Micros delay = limits::kOverdue + job.looks * std::chrono::seconds(1);
  ++job.looks;
  publisher_.look_again(job, std::min<Micros>(delay, kLookSlowest));
}

}  // namespace callboard::dispatcher
