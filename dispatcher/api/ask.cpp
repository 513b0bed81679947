#include "dispatcher/api/ask.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/command_log.hpp"
#include "shared/run/children.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kRewoundWithin = std::chrono::seconds(5);
constexpr Micros kLookEach = std::chrono::milliseconds(50);

std::string is_in_state(const run::RunState& state) {
  return "the run is " + std::string(run::to_string(state.phase));
}

Verdict judge_cancel(const run::RunState& state) {
  if (run::is_closed(state.phase)) return refuse_command(is_in_state(state) + " already");
  if (state.phase == run::RunPhase::cancelling) return {{}, run::RunPhase::cancelling, {}};
  return {make_command("cancel", state), run::RunPhase::cancelling, {}};
}

Verdict judge_pause(const run::RunState& state) {
  if (run::is_closed(state.phase))
    return refuse_command(is_in_state(state) + " already: there is nothing to pause");
  if (state.phase == run::RunPhase::cancelling) return refuse_command("the run is being cancelled");
  if (state.paused.by_person) return {{}, run::RunPhase::paused, {}};
  return {make_command("pause", state), run::RunPhase::paused, {}};
}

/// Of a pause that stands over several runs.
std::string way_out_of(const run::Paused& paused) {
  std::string named = paused.scope;
  std::ranges::replace(named, ':', ' ');
  return paused.why + ": the run goes on once that is lifted (`callboard resume " + named +
         "`, or POST /api/pauses/resume)";
}

Verdict judge_resume(const run::RunState& state) {
  if (run::is_closed(state.phase)) {
    return refuse_command(
        is_in_state(state) +
        ": `retry` runs its failed steps again, `resume` with a checkpoint goes back to it");
  }
  if (state.phase == run::RunPhase::cancelling) return refuse_command("the run is being cancelled");
  if (!state.paused.scope.empty()) return refuse_command(way_out_of(state.paused));
  const run::RunPhase resumed = state.queued ? run::RunPhase::pending : run::RunPhase::running;
  if (state.phase != run::RunPhase::paused && state.commands.empty()) return {{}, resumed, {}};
  return {make_command("resume", state), resumed, {}};
}

Verdict judge_retry(const run::RunState& state) {
  if (state.phase == run::RunPhase::completed)
    return refuse_command("the run is completed: none of its steps has failed");
  if (!run::is_closed(state.phase)) {
    return refuse_command(is_in_state(state) + ": it can be retried once it has failed or was cancelled");
  }
  const bool queues = run::needs_admission(state.created, state.generation + 1);
  return {make_command("retry", state), queues ? run::RunPhase::pending : run::RunPhase::running, {}};
}

template <Verdict (*judge)(const run::RunState&)>
Judge judge_by() {
  return [](const RunEvents& loaded) { return judge(loaded.state); };
}

using Done = std::move_only_function<void(http::Response)>;

/// A rewound run is open again, or closed at another time, once its owner has decided so: whoever looks at it
/// then sees that. `phase` is what it is expected to be.
void answer_when_open(Context& context, const RunId& id, Time closed_at, run::RunPhase phase, Steady until,
                      Done done) {
  context.library.run(id, [&context, id, closed_at, phase, until,
                           done = std::move(done)](Result<log::RunHead> head) mutable {
    const bool went_on = head && head->closed_at != closed_at;
    const bool is_closed = went_on && run::is_closed(head->phase);
    if (went_on || !head || context.clock.steady() >= until)
      return done(accepted(id, run::to_string(is_closed ? head->phase : phase)));
    context.loop.after(kLookEach, [&context, id, closed_at, phase, until, done = std::move(done)]() mutable {
      answer_when_open(context, id, closed_at, phase, until, std::move(done));
    });
  });
}

}  // namespace

Verdict refuse_command(std::string_view detail) { return {{}, {}, http::make_problem(409, detail)}; }

run::Command make_command(std::string name, const run::RunState& state) {
  return {.name = std::move(name), .actor = "api", .generation = state.generation};
}

std::optional<Judge> find_judge(std::string_view action) {
  if (action == "cancel") return judge_by<judge_cancel>();
  if (action == "pause") return judge_by<judge_pause>();
  if (action == "resume") return judge_by<judge_resume>();
  if (action == "retry") return judge_by<judge_retry>();
  return std::nullopt;
}

void tell_run(Context& context, const run::RunState& state, std::string key, const run::Command& command,
              run::RunPhase phase, bool waits, Done done) {
  const bool waits_for_owner = waits && run::is_closed(state.phase);
  append_asked(context, state.id, std::move(key), run::EventType::command_received,
               run::encode_command(command),
               [&context, id = state.id, closed_at = state.closed_at, waits_for_owner, phase,
                done = std::move(done)](Result<run::Event> stored) mutable {
                 if (!stored) return done(problem_of(stored.error()));
                 if (!waits_for_owner) return done(accepted(id, run::to_string(phase)));
                 answer_when_open(context, id, closed_at, phase, context.clock.steady() + kRewoundWithin,
                                  std::move(done));
               });
}

void ask_run(Context& context, const RunId& id, std::string key, Judge judge, bool waits, Done done) {
  load_events(context, id, std::nullopt,
              [&context, id, key = std::move(key), judge = std::move(judge), waits,
               done = std::move(done)](Result<RunEvents> loaded) mutable {
                if (!loaded) return done(problem_of(loaded.error()));
                if (std::ranges::find(loaded->events, key, &run::Event::key) != loaded->events.end()) {
                  return done(accepted(id, run::to_string(loaded->state.phase)));
                }
                Verdict verdict = judge(*loaded);
                if (verdict.refusal) return done(std::move(*verdict.refusal));
                if (!verdict.append) return done(accepted(id, run::to_string(verdict.phase)));
                tell_run(context, loaded->state, std::move(key), *verdict.append, verdict.phase, waits,
                         std::move(done));
              });
}

}  // namespace callboard::dispatcher
