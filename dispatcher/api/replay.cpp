#include "dispatcher/api/replay.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/ask.hpp"
#include "dispatcher/api/command_log.hpp"
#include "dispatcher/api/json_writer.hpp"

namespace callboard::dispatcher {
namespace {

http::Response replayed(int status, const LetterId& id, LetterState state, std::string_view by) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(id)).name("runId").text(to_string(id.run));
  json.name("state").text(to_string(state)).name("replay");
  by.empty() ? json.null() : json.text(by);
  json.end_object();
  return http::Response::json(status, std::move(out));
}

Replay refused(http::Response answer) { return {Replay::Kind::refused, std::move(answer)}; }

/// What is to be said of a letter of that run before anything is told; nothing: it can be replayed.
std::optional<Replay> find_objection(const LetterId& id, const RunEvents& loaded, const Standing& standing,
                                     ReplayMode mode) {
  if (find_lost(loaded.events, id.key) == nullptr) return refused(not_found("dead letter", to_string(id)));
  const bool is_settled = standing.is_replayed() || (mode != ReplayMode::one && !standing.is_open());
  if (is_settled) return Replay{Replay::Kind::settled, replayed(200, id, standing.state, {})};
  if (!standing.replay) return refused(http::make_problem(409, standing.obstacle));
  return std::nullopt;
}

Replay refuse_unread(const LetterId& id, const Error& error) {
  if (error.code == ErrorCode::not_found) return refused(not_found("dead letter", to_string(id)));
  if (!is_lasting(error)) return refused(problem_of(error));
  return refused(http::make_problem(409, unreadable(error.message).obstacle));
}

}  // namespace

const run::Event* find_lost(const std::vector<run::Event>& events, std::string_view key) {
  const auto found = std::ranges::find(events, key, &run::Event::key);
  const bool is_lost = found != events.end() && found->type == run::EventType::step_lost;
  return is_lost ? &*found : nullptr;
}

void replay_letter(Context& context, LetterId id, ReplayMode mode,
                   std::move_only_function<void(Replay)> done) {
  load_events(
      context, id.run, std::nullopt,
      [&context, id, mode, done = std::move(done)](Result<RunEvents> loaded) mutable {
        if (!loaded) return done(refuse_unread(id, loaded.error()));
        const Standing standing = find_standing(*loaded->graph, loaded->state, *run::parse_key(id.key));
        if (auto objection = find_objection(id, *loaded, standing, mode)) return done(std::move(*objection));
        const std::string by = standing.replay->name;
        if (mode == ReplayMode::dry_bulk)
          return done({Replay::Kind::accepted, replayed(202, id, standing.state, by)});
        const std::string key = run::command_key(make_command_id(context, by + " " + to_string(id)));
        tell_run(context, loaded->state, key, *standing.replay, run::RunPhase::running,
                 mode == ReplayMode::one,
                 [id, by, state = standing.state, done = std::move(done)](http::Response told) mutable {
                   if (told.status != 202) return done(refused(std::move(told)));
                   done({Replay::Kind::accepted, replayed(202, id, state, by)});
                 });
      });
}

}  // namespace callboard::dispatcher
