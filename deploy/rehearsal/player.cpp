#include "deploy/rehearsal/player.hpp"

#include <algorithm>

#include "deploy/rehearsal/made_up.hpp"
#include "shared/run/contexts.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/items.hpp"
#include "shared/run/judge.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::rehearsal {
namespace {

constexpr std::size_t kMostEvents = 1'000'000;  // of a run that goes round and round
constexpr std::size_t kShownBytes = 200;

const RunId kRun{{{0x01, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}}};

std::string told(const run::StepError& error) {
  return std::string(to_string(error.error_class)) + ": " + error.message;
}

std::string shortened(const std::string& text) {
  return text.size() <= kShownBytes ? text : text.substr(0, kShownBytes) + "…";
}

}  // namespace

Player::Player(const run::Graph& graph, const Stubs& stubs, Time start)
    : graph_(graph), stubs_(stubs), start_(start), now_(start), state_(run::make_state(graph, kRun)) {}

Result<void> Player::play(run::Created created, std::shared_ptr<const Value> event) {
  state_.event = std::move(event);
  std::size_t number = 0;
  for (const Cue& cue : stubs_.signals) {
    run::Event signal = make_event(run::signal_key("cue-" + std::to_string(++number)),
                                   run::EventType::signal_received, run::encode_signal({cue.name, cue.data}));
    coming_.emplace(
        start_ + cue.after,
        Coming{std::move(signal), {cue.after, {}, "signal", cue.name + " " + shortened(cue.data)}});
  }
  auto folded = fold(run::decision_key(0), run::EventType::run_created, run::encode_created(created));
  while (folded) {
    folded = settle();
    if (!folded || run::is_closed(state_.phase)) break;
    const auto went_on = go_on();
    if (!went_on) return std::unexpected(went_on.error());
    if (!*went_on) break;
  }
  return folded;
}

run::Event Player::make_event(std::string key, run::EventType type, std::string data) const {
  return {.run = kRun,
          .key = std::move(key),
          .type = type,
          .writer = {},
          .position = static_cast<std::int64_t>(events_),
          .at = now_,
          .data = std::move(data)};
}

Result<void> Player::fold(std::string key, run::EventType type, std::string data) {
  if (++events_ > kMostEvents)
    return fail(ErrorCode::too_large, "the run has more than " + std::to_string(kMostEvents) + " events");
  return run::fold(graph_, state_, make_event(std::move(key), type, std::move(data)));
}

/// Until nothing new follows from what has happened.
Result<void> Player::settle() {
  while (true) {
    run::Decided decided = run::decide(graph_, state_, {.now = now_, .workers_stopped = workers_stopped_});
    const bool is_last = !decided.row && !decided.stop_workers;
    if (auto taken = take(std::move(decided)); !taken || is_last) return taken;
  }
}

Result<void> Player::take(run::Decided decided) {
  for (const run::PublishJob& job : decided.jobs) begin(job);
  for (const run::ArmTimer& timer : decided.timers) {
    if (timer.step != run::kNoStep) judge_once(timer.step);
    timers_[timer.step] = timer.at;
  }
  if (decided.stop_workers) stop_workers();
  if (!decided.row) return {};
  for (const run::Decision& decision : decided.row->list) {
    const run::StepIndex place =
        decision.step == run::kNoStep ? run::kNoStep : run::find_place(state_, decision.step, decision.item);
    if (place != run::kNoStep) judge_once(place);
    tell(decision);
  }
  return fold(run::decision_key(decided.row->number), decided.row->list.back().type,
              run::encode_decisions(graph_, decided.row->list));
}

void Player::begin(const run::PublishJob& job) {
  for (const run::StepIndex step : job.steps) judge_once(step);
  const auto slice = run::cut_slice(graph_, state_, job);
  if (slice) {
    begin_step(slice->steps.front());
  } else {
    Answer refused;
    refused.outcome = {.type = run::EventType::step_failed,
                       .error = {run::ErrorClass::validation, slice.error().message}};
    end_attempt(run::key_of(graph_, state_, job.steps.front()), job.attempt, std::move(refused));
  }
}

void Player::begin_step(const run::SliceStep& step) {
  Answer answer = answer_of(step);
  if (answer.takes > step.timeout) {
    answer.takes = step.timeout;
    answer.outcome = {
        .type = run::EventType::step_failed,
        .error = {run::ErrorClass::timeout, "it took longer than " + format_duration(step.timeout)}};
  }
  end_attempt(step.key, step.attempt, std::move(answer));
}

Answer Player::answer_of(const run::SliceStep& step) const {
  auto stub = stubs_.steps.find(step.key);
  if (stub == stubs_.steps.end())  // of every item of a map
    stub = stubs_.steps.find(std::string(run::parse_step_name(step.key)->step));
  if (stub == stubs_.steps.end()) return make_up(step);
  return stub->second[std::min<std::size_t>(step.attempt, stub->second.size()) - 1];
}

void Player::end_attempt(std::string_view step, std::uint32_t attempt, Answer answer) {
  std::string key = run::result_key(step, attempt, state_.generation);
  if (!begun_.insert(key).second) return;
  const run::Outcome& outcome = answer.outcome;
  const bool completed = outcome.type == run::EventType::step_completed;
  const Time at = now_ + answer.takes;
  Happening happening{.after = at - start_,
                      .step = std::string(step),
                      .what = completed ? "completed" : "failed",
                      .detail = completed ? shortened(outcome.result) : told(outcome.error)};
  if (attempt > 1) happening.what += " (attempt " + std::to_string(attempt) + ")";
  coming_.emplace(at, Coming{make_event(std::move(key), outcome.type, run::encode_outcome(outcome)),
                             std::move(happening), true});
}

void Player::stop_workers() {
  std::erase_if(coming_, [](const auto& entry) { return entry.second.is_attempt; });
  workers_stopped_ = true;
  state_.attention_run = true;
}

/// The next thing that has a time; false if there is none.
Result<bool> Player::go_on() {
  const auto timer = std::ranges::min_element(timers_, {}, [](const auto& entry) { return entry.second; });
  const bool has_timer = timer != timers_.end();
  if (!has_timer && coming_.empty()) return false;
  const bool is_timer = has_timer && (coming_.empty() || timer->second < coming_.begin()->first);
  if (is_timer) {
    now_ = std::max(now_, timer->second);
    timer->first == run::kNoStep ? void(state_.attention_run = true)
                                 : state_.attention.push_back(timer->first);
    timers_.erase(timer);
    return true;
  }
  auto next = coming_.extract(coming_.begin());
  now_ = std::max(now_, next.key());
  Coming& coming = next.mapped();
  happenings.push_back(std::move(coming.happening));
  if (auto folded = fold(std::move(coming.event.key), coming.event.type, std::move(coming.event.data));
      !folded)
    return std::unexpected(folded.error());
  return true;
}

/// By the state that decide saw: the row that rests on it is not folded yet.
void Player::judge_once(run::StepIndex step) {
  const run::Step& definition = run::step_of(graph_, state_, step);
  if (!definition.condition || judged_.contains(step)) return;
  const run::Judged judged = run::judge(graph_, state_, step);
  if (judged.judgement == run::Judgement::skipped_by_dependency ||
      judged.judgement == run::Judgement::skipped_by_group)
    return;
  judged_.insert(step);
  verdicts.push_back(
      {.step = run::key_of(graph_, state_, step),
       .expression = definition.condition->source(),
       .holds = judged.judgement == run::Judgement::runs,
       .problem = judged.problem,
       .reads = expression::show_reads(*definition.condition, run::RunContexts(graph_, state_, step)),
       .after = took()});
}

void Player::tell(const run::Decision& decision) {
  Happening out{
      .after = took(), .step = {}, .what = std::string(run::to_string(decision.type)), .detail = {}};
  out.what = out.what.substr(out.what.find('.') + 1);
  if (decision.step != run::kNoStep) out.step = graph_.steps[decision.step].key;
  if (decision.item) out.step += "[" + std::to_string(*decision.item) + "]";
  switch (decision.type) {
    case run::EventType::step_skipped:
      out.detail = decision.value == "\"condition\"" ? "its if is false"
                   : decision.value == "\"group\""   ? "its group did not begin"
                                                     : "a step above it failed";
      break;
    case run::EventType::step_retry_scheduled:
      out.what = "retrying";
      out.detail =
          "attempt " + std::to_string(decision.attempt) + " after " + format_duration(decision.at - now_);
      break;
    case run::EventType::step_failed:
    case run::EventType::run_failed:
    case run::EventType::run_cancelling: out.detail = told(decision.error); break;
    case run::EventType::step_completed: out.detail = shortened(decision.value); break;
    case run::EventType::step_started: out.detail = std::to_string(decision.items) + " items"; break;
    default: break;
  }
  happenings.push_back(std::move(out));
}

}  // namespace callboard::rehearsal
