#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/run/keys.hpp"
#include "tests/support/sim_house.hpp"
#include "topics/job.hpp"

namespace callboard::test {

/// A worker that does as a test says: it records every job that it gets and answers as its script tells.
class ScriptedWorker {
 public:
  enum class Manner : std::uint8_t {
    finish,   // append the outcome, notice, ack
    mute,     // append the outcome, ack; the notice is lost
    begin,    // append `started`, notice, and stay at it until told
    swallow,  // ack and do nothing: as if the bus had lost it
    hold,     // keep it and say nothing
  };
  struct Answer {
    Manner manner = Manner::finish;
    run::Outcome outcome = {};
  };
  using Script = std::function<Answer(const std::string& step, std::uint32_t attempt)>;

  ScriptedWorker(SimHouse& house, std::uint64_t seed, std::uint32_t slots = 16, Script script = {})
      : random_(seed),
        loop_(house.time),
        clock_(house.time),
        self_{make_uuid(clock_.now(), random_)},
        writers_(self_),
        log_(loop_, clock_, house.tables),
        end_(house.bus.connect(loop_)),
        source_(end_->make_source("default")),
        slots_(slots),
        script_(std::move(script)) {
    end_->notices().listen(topics::Notices::Audience::workers, [this](std::string_view bytes) {
      stops.push_back(topics::decode_stop(bytes)->run);
    });
    source_->start([this](topics::JobDelivery delivery) { take(std::move(delivery)); });
    source_->want(slots);
    live();
  }

  /// The outcome of a step that was begun.
  void finish(const std::string& step, run::Outcome outcome = {}) {
    for (std::size_t at = 0; at < begun_.size(); ++at) {
      if (begun_[at].second.slice.steps.front().key != step) continue;
      auto [handle, job] = std::move(begun_[at]);
      begun_.erase(begun_.begin() + static_cast<std::ptrdiff_t>(at));
      return append_outcome(handle, std::move(job), 0, {Manner::finish, std::move(outcome)});
    }
  }
  std::size_t count(const std::string& step) const {
    std::size_t sum = 0;
    for (const auto& job : jobs) sum += job.slice.steps.front().key == step;
    return sum;
  }
  const Incarnation& self() const { return self_; }

  std::vector<topics::Job> jobs;  // as they came
  std::vector<RunId> stops;

 private:
  void live() {
    log_.ownership().beat({self_, log::Ownership::Role::worker, "worker", "default", slots_},
                          [](Result<log::Ownership::Beat>) {});
    topics::Presence presence;
    presence.worker = self_;
    presence.pool = "default";
    presence.slots = slots_;
    end_->notices().broadcast(topics::Notices::Audience::dispatchers, topics::encode_presence(presence));
    std::vector<std::uint64_t> held;
    for (const auto& [handle, job] : begun_) held.push_back(handle);
    if (!held.empty()) source_->renew(held);
    loop_.after(limits::kAckRenewal, [this] { live(); });
  }

  void take(topics::JobDelivery delivery) {
    auto job = *topics::decode_job(delivery.bytes);
    jobs.push_back(job);
    do_step(delivery.handle, std::move(job), 0);
  }

  void do_step(std::uint64_t handle, topics::Job job, std::size_t at) {
    const run::SliceStep& step = job.slice.steps[at];
    const Answer answer = script_ ? script_(step.key, step.attempt) : Answer{};
    if (answer.manner == Manner::swallow) return done(handle);
    if (answer.manner == Manner::hold || answer.manner == Manner::begin) begun_.emplace_back(handle, job);
    if (answer.manner == Manner::hold) return;
    if (answer.manner != Manner::begin) return append_outcome(handle, std::move(job), at, answer);
    log::Append row;
    row.run = job.slice.run;
    row.key = run::started_key(step.key, step.attempt);
    row.type = run::EventType::step_started;
    row.writer = writers_.next();
    row.data = run::encode_begin(self_);
    log_.events().append(std::move(row), [this, partition = job.partition](Result<log::Appended> appended) {
      if (appended) end_->notices().notify(partition, topics::encode_notice({appended->stored}));
    });
  }

  void append_outcome(std::uint64_t handle, topics::Job job, std::size_t at, const Answer& answer) {
    const run::SliceStep& step = job.slice.steps[at];
    const bool goes_on =
        answer.outcome.type == run::EventType::step_completed && at + 1 < job.slice.steps.size();
    log::Append row;
    row.run = job.slice.run;
    row.key = run::result_key(step.key, step.attempt);
    row.type = answer.outcome.type;
    row.writer = writers_.next();
    row.data = run::encode_outcome(answer.outcome);
    log_.events().append(std::move(row), [this, handle, at, goes_on, mute = answer.manner == Manner::mute,
                                          job = std::move(job)](Result<log::Appended> appended) mutable {
      if (!appended) return;
      if (!mute) end_->notices().notify(job.partition, topics::encode_notice({appended->stored}));
      if (goes_on) return do_step(handle, std::move(job), at + 1);
      done(handle);
    });
  }

  void done(std::uint64_t handle) {
    source_->ack(handle);
    source_->want(1);
  }

  SimRandom random_;
  SimLoop loop_;
  SimClock clock_;
  Incarnation self_;
  Writers writers_;
  log::MemoryLog log_;
  std::unique_ptr<topics::Bus> end_;
  std::unique_ptr<topics::JobSource> source_;
  std::uint32_t slots_;
  Script script_;
  std::vector<std::pair<std::uint64_t, topics::Job>> begun_;
};

}  // namespace callboard::test
