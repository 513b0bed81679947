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

}  // namespace

const run::Event* find_lost(const std::vector<run::Event>& events, std::string_view key) {
  const auto found = std::ranges::find(events, key, &run::Event::key);
  const bool is_lost = found != events.end() && found->type == run::EventType::step_lost;
  return is_lost ? &*found : nullptr;
}

void replay_letter(Context& context, LetterId id, ReplayMode mode,
                   std::move_only_function<void(Replay)> done) {
  load_events(
      context, id.run, [&context, id, mode, done = std::move(done)](Result<RunEvents> loaded) mutable {
        if (!loaded && loaded.error().code == ErrorCode::not_found)
          return done(refused(not_found("dead letter", to_string(id))));
        if (!loaded && is_lasting(loaded.error()))
          return done(refused(http::make_problem(409, unreadable(loaded.error().message).obstacle)));
        if (!loaded) return done(refused(problem_of(loaded.error())));
        if (find_lost(loaded->events, id.key) == nullptr)
          return done(refused(not_found("dead letter", to_string(id))));
        Standing standing = find_standing(*loaded->graph, loaded->state, *run::parse_key(id.key));
        if (standing.is_replayed())
          return done({Replay::Kind::already, replayed(200, id, standing.state, {})});
        if (!standing.replay) return done(refused(http::make_problem(409, standing.obstacle)));
        const std::string by = standing.replay->name;
        if (mode == ReplayMode::judge)
          return done({Replay::Kind::accepted, replayed(202, id, standing.state, by)});
        const std::string key = run::command_key(make_command_id(context, by + " " + to_string(id)));
        tell_run(context, loaded->state, key, *standing.replay, run::RunPhase::running,
                 mode == ReplayMode::tell_and_wait,
                 [id, by, state = standing.state, done = std::move(done)](http::Response told) mutable {
                   if (told.status != 202) return done(refused(std::move(told)));
                   done({Replay::Kind::accepted, replayed(202, id, state, by)});
                 });
      });
}

}  // namespace callboard::dispatcher
