#include "dispatcher/api/migration.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/engine/delivery_payload.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/migration.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::dispatcher {
namespace {

constexpr int kTries = 5;  // while others decide something of the run
constexpr std::size_t kToldInProblem = 5;

/// One run on its way.
struct Moving {
  Context& context;
  RunId run;
  MigrationTarget target;
  Migration wish = Migration::report;
  std::optional<LogPoint> at;
  std::move_only_function<void(http::Response)> done;
  int tries = 0;
  GraphPtr other;  // of this try, as is what follows
  RunEvents loaded;
  std::vector<run::Difference> differences;
};
using MovingPtr = std::shared_ptr<Moving>;  // shared by the callbacks of its steps, one at a time

void refuse(const MovingPtr& moving, std::string_view detail) {
  moving->done(http::make_problem(409, detail));
}

void write_definition(JsonWriter& json, std::string_view name, const run::Graph& graph) {
  json.name(name).begin_object().name("version").text(graph.version).name("hash").text(graph.hash);
  json.end_object();
}

bool is_forbidden(const Moving& moving) {
  return std::ranges::any_of(moving.differences, &run::Difference::forbids);
}

std::string write_migration(const Moving& moving) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(moving.run));
  json.name("state").text(run::to_string(moving.loaded.state.phase));
  write_definition(json, "from", *moving.loaded.graph);
  write_definition(json, "to", *moving.other);
  json.name("safe").boolean(!is_forbidden(moving)).name("differences").begin_array();
  for (const run::Difference& difference : moving.differences) {
    json.begin_object().name("step");
    difference.step.empty() ? json.null() : json.text(difference.step);
    json.name("kind").text(run::to_string(difference.kind)).name("detail").text(difference.detail);
    json.name("forbids").boolean(difference.forbids).end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string tell_what_forbids(const std::vector<run::Difference>& differences) {
  std::string out = "the run can't be moved:";
  std::size_t told = 0;
  for (const run::Difference& difference : differences) {
    if (!difference.forbids) continue;
    if (++told > kToldInProblem) continue;
    out += told == 1 ? " " : "; ";
    out += (difference.step.empty() ? std::string("its history") : "step " + difference.step) + ": " +
           difference.detail;
  }
  if (told > kToldInProblem) out += "; and " + std::to_string(told - kToldInProblem) + " more";
  return out + ". A fork (POST /api/runs/{id}/fork) begins anew with what still holds";
}

/// Why the run, whatever its history says, stays where it is.
std::optional<std::string> find_obstacle(const Moving& moving) {
  const run::RunState& state = moving.loaded.state;
  const std::string is = "the run is " + std::string(run::to_string(state.phase));
  if (run::is_closed(state.phase)) {
    return is + ": only an open one can be moved; a fork (POST /api/runs/{id}/fork) takes another definition";
  }
  if (state.phase == run::RunPhase::cancelling) return is + ": only a paused one can be moved";
  if (state.phase != run::RunPhase::paused) {
    return is + ": pause it first (POST /api/runs/{id}/pause), and resume it once it is moved";
  }
  return std::nullopt;
}

void load(const MovingPtr& moving);

void append(const MovingPtr& moving) {
  run::Decision decision{.type = run::EventType::run_migrated};
  decision.definition = moving->other->hash;
  log::Append row{.run = moving->run,
                  .key = run::decision_key(moving->loaded.state.decisions),
                  .type = run::EventType::run_migrated,
                  .writer = moving->context.engine.next_writer(),
                  .data = run::encode_decisions(*moving->other, {decision}),
                  .close = {},
                  .migrates = moving->other->hash,
                  .inbox = true};
  moving->context.events.append(std::move(row), [moving](Result<log::Appended> appended) {
    if (!appended) return moving->done(problem_of(appended.error()));
    if (appended->won) {
      moving->context.engine.notice(appended->stored);
      return moving->done(http::Response::json(200, write_migration(*moving)));
    }
    if (++moving->tries == kTries) return refuse(moving, "others decide of the run all the time: try again");
    load(moving);
  });
}

/// A definition is stored no sooner than a run is to be moved to it.
void move(const MovingPtr& moving) {
  if (!moving->target.given.is_given()) return append(moving);
  store_given(moving->context, moving->target.given, [moving](std::optional<http::Response> failure) {
    if (failure) return moving->done(std::move(*failure));
    append(moving);
  });
}

void compare(const MovingPtr& moving, const std::shared_ptr<const Value>& payload) {
  const RunEvents& loaded = moving->loaded;
  moving->differences =
      run::compare_definitions(*loaded.graph, *moving->other, moving->run, loaded.events, payload);
  const bool moves = moving->wish == Migration::move;
  if (moves) {
    if (const auto obstacle = find_obstacle(*moving)) return refuse(moving, *obstacle);
  }
  if (moving->wish != Migration::report && is_forbidden(*moving))
    return refuse(moving, tell_what_forbids(moving->differences));
  if (moves && moving->other->hash != loaded.graph->hash) return move(moving);
  moving->done(http::Response::json(200, write_migration(*moving)));
}

void load_payload(const MovingPtr& moving) {
  const auto& delivery = moving->loaded.state.created.delivery;
  const bool is_read = moving->loaded.graph->reads_event || moving->other->reads_event;
  if (!delivery || !is_read) return compare(moving, nullptr);
  moving->context.library.delivery(*delivery, [moving](Result<log::Delivery> stored) {
    if (!stored) return moving->done(problem_of(stored.error()));
    auto payload = read_payload(*stored);
    if (!payload) return moving->done(problem_of(payload.error()));
    compare(moving, std::make_shared<const Value>(std::move(*payload)));
  });
}

void have_run(const MovingPtr& moving, Result<RunEvents> loaded) {
  if (!loaded) return moving->done(problem_of(loaded.error()));
  moving->loaded = std::move(*loaded);
  const std::string& slug = moving->loaded.state.created.workflow;
  moving->other = moving->target.graph;
  if (moving->other == nullptr) {
    const CurrentWorkflowPtr current = moving->context.registry.workflows().find(slug);
    if (current == nullptr) return refuse(moving, "the workflow " + slug + " has no current definition");
    moving->other = current->graph;
  }
  if (moving->other->slug != slug) {
    return refuse(moving, "the run is one of " + slug + ", the definition is of " + moving->other->slug);
  }
  load_payload(moving);
}

void load(const MovingPtr& moving) {
  load_events(moving->context, moving->run, moving->at,
              [moving](Result<RunEvents> loaded) { have_run(moving, std::move(loaded)); });
}

}  // namespace

void find_target(Context& context, const Value& to, HaveTarget done) {
  if (to.is_null()) return done(MigrationTarget{});
  if (to.is_string() && is_hash(std::string_view(to.get_string()))) {
    return context.definitions.load(std::string(to.get_string()),
                                    [done = std::move(done)](Result<GraphPtr> graph) mutable {
                                      if (graph) return done(MigrationTarget{std::move(*graph), {}});
                                      done(std::unexpected(problem_of(graph.error())));
                                    });
  }
  GivenDefinition given;
  if (!read_given(to, given))
    return done(std::unexpected(http::make_problem(400, "to must be an object or a text")));
  if (auto compiled = compile_given(given); !compiled)
    return done(std::unexpected(std::move(compiled.error())));
  GraphPtr graph = given.compiled->workflow.graph;
  done(MigrationTarget{std::move(graph), std::move(given)});
}

void migrate_run(Context& context, const RunId& run, const MigrationTarget& target, Migration wish,
                 std::optional<LogPoint> at, std::move_only_function<void(http::Response)> done) {
  load(std::make_shared<Moving>(Moving{.context = context,
                                       .run = run,
                                       .target = target,
                                       .wish = wish,
                                       .at = at,
                                       .done = std::move(done),
                                       .other = {},
                                       .loaded = {},
                                       .differences = {}}));
}

}  // namespace callboard::dispatcher
