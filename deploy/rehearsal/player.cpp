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
  cue_events();
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

/// Those that came before the run are there already.
void Player::cue_events() {
  for (std::size_t i = 0; i < stubs_.events.size(); ++i) {
    const EventCue& cue = stubs_.events[i];
    DeliveryId delivery{kRun.uuid};
    delivery.uuid.bytes[14] = static_cast<std::uint8_t>((i + 2) >> 8);
    delivery.uuid.bytes[15] = static_cast<std::uint8_t>(i + 2);
    run::HeardEvent event{.delivery = delivery,
                          .source = cue.source,
                          .event = cue.event,
                          .at = start_ + cue.after,
                          .payload = std::make_shared<const Value>(cue.payload)};
    if (cue.after < Micros(0)) {
      heard_.push_back(std::move(event));
      continue;
    }
    Happening happening{cue.after, {}, "event", cue.source + " " + cue.event};
    coming_.emplace(event.at, Coming{.event = {}, .happening = std::move(happening), .heard = event});
  }
  std::ranges::sort(heard_, {}, &run::HeardEvent::at);
}

/// True: it was taken, and the run is told.
Result<bool> Player::hold(const std::string& target, const run::HeardEvent& event) {
  if (run::hear(graph_, state_, target, event) != run::Hearing::takes) return false;
  run::EventRow told = run::tell_of(target, event);
  if (auto folded = fold(std::move(told.key), told.type, std::move(told.data)); !folded)
    return std::unexpected(folded.error());
  return true;
}

Result<void> Player::hear(const run::HeardEvent& event) {
  heard_.push_back(event);
  for (const std::string& target : listens_) {
    if (auto held = hold(target, event); !held) return std::unexpected(held.error());
  }
  return {};
}

Result<void> Player::look_back(const std::vector<run::Listen>& listens) {
  for (const run::Listen& listen : listens) {
    if (!listens_.insert(listen.target).second) continue;
    for (const run::HeardEvent& event : heard_) {
      const auto held = hold(listen.target, event);
      if (!held) return std::unexpected(held.error());
      if (*held) break;
    }
  }
  return {};
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
    run::Decided decided = run::decide(
        graph_, state_, {.now = now_, .workers_stopped = workers_stopped_, .prepared = &prepared_});
    const bool is_last = !decided.row && !decided.stop_workers && decided.starts.empty();
    const std::vector<run::Listen> listens = std::move(decided.listens);
    if (auto taken = take(std::move(decided)); !taken) return taken;
    const std::size_t before = events_;
    if (auto looked = look_back(listens); !looked) return looked;
    if (is_last && events_ == before) return {};
  }
}

Result<void> Player::take(run::Decided decided) {
  for (const run::PublishJob& job : decided.jobs) begin(job);
  for (const run::ArmTimer& timer : decided.timers) {
    if (timer.step != run::kNoStep) judge_once(timer.step);
    timers_[timer.step] = timer.at;
  }
  if (decided.stop_workers) stop_workers();
  for (run::StartRun& start : decided.starts) prepare(std::move(start));
  if (!decided.row) return {};
  for (const run::Decision& decision : decided.row->list) {
    const run::StepIndex place =
        decision.step == run::kNoStep ? run::kNoStep : run::find_place(state_, decision.step, decision.item);
    if (place != run::kNoStep) judge_once(place);
    tell(decision);
  }
  auto folded = fold(run::decision_key(decided.row->number), decided.row->list.back().type,
                     run::encode_decisions(graph_, decided.row->list));
  for (const run::Decision& decision : decided.row->list) begin_child(decision);
  return folded;
}

/// Whatever it names is taken to be there, and to take these inputs.
void Player::prepare(run::StartRun start) {
  run::Prepared prepared;
  prepared.definition = graph_.hash;
  prepared.inputs = start.inputs;
  if (start.step == run::kNoStep) {
    state_.attention_run = true;
  } else {
    state_.attention.push_back(start.step);
  }
  prepared.asked = std::move(start);
  prepared_.insert_or_assign(prepared.asked.run, prepared);
}

/// No child runs here: its step ends as the results say.
void Player::begin_child(const run::Decision& decision) {
  if (decision.type != run::EventType::step_started || !decision.run) return;
  const run::StepIndex place = run::find_place(state_, decision.step, decision.item);
  if (state_.steps[place].phase != run::StepPhase::running) return;  // it does not wait for its child
  Answer made_up;
  made_up.outcome.result =
      R"({"run":")" + to_string(*decision.run) + R"(","state":"completed","outputs":{}})";
  end_in_time(run::key_of(graph_, state_, place), state_.steps[place].attempt,
              run::step_of(graph_, state_, place).timeout, std::move(made_up));
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
  if (state_.created.untrusted && step.params && !step.params->secrets.empty()) {
    Answer refused;
    refused.outcome = {.type = run::EventType::step_failed,
                       .error = {run::ErrorClass::auth, std::string(run::kNoSecrets)}};
    return end_attempt(step.key, step.attempt, std::move(refused));
  }
  end_in_time(step.key, step.attempt, step.timeout, make_up(step));
}

void Player::end_in_time(const std::string& step, std::uint32_t attempt, Micros timeout, Answer made_up) {
  Answer answer = std::move(made_up);
  if (const Answer* const stub = find_stub(step, attempt)) answer = *stub;
  if (answer.takes > timeout) {
    answer.takes = timeout;
    answer.outcome = {.type = run::EventType::step_failed,
                      .error = {run::ErrorClass::timeout, "it took longer than " + format_duration(timeout)}};
  }
  end_attempt(step, attempt, std::move(answer));
}

const Answer* Player::find_stub(const std::string& step, std::uint32_t attempt) const {
  auto stub = stubs_.steps.find(step);
  if (stub == stubs_.steps.end())  // of every item of a map
    stub = stubs_.steps.find(std::string(run::parse_step_name(step)->step));
  if (stub == stubs_.steps.end()) return nullptr;
  return &stub->second[std::min<std::size_t>(attempt, stub->second.size()) - 1];
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
  stop_children();
  workers_stopped_ = true;
  state_.attention_run = true;
}

void Player::stop_children() {
  const run::Outcome stopped{.type = run::EventType::step_failed,
                             .error = {run::ErrorClass::cancelled, "the child run was cancelled"}};
  for (run::StepIndex place = 0; place < state_.steps.size(); ++place) {
    const run::StepState& step = state_.steps[place];
    const bool is_awaited = step.phase == run::StepPhase::running && step.child && !step.leaves_child;
    if (!is_awaited) continue;
    const std::string key = run::key_of(graph_, state_, place);
    coming_.emplace(now_, Coming{make_event(run::result_key(key, step.attempt, state_.generation),
                                            stopped.type, run::encode_outcome(stopped)),
                                 {took(), key, "cancelled", stopped.error.message}});
  }
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
  if (coming.heard) {
    if (auto heard = hear(*coming.heard); !heard) return std::unexpected(heard.error());
    return true;
  }
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
    case run::EventType::step_started:
      out.detail = decision.run ? "a child run" : std::to_string(decision.items) + " items";
      break;
    default: break;
  }
  happenings.push_back(std::move(out));
}

}  // namespace callboard::rehearsal
