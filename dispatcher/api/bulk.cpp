// POST /api/bulk: a command or a migration for every run, or a replay of every dead letter, that a filter
// finds, a page of them at a time.
#include <memory>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/ask.hpp"
#include "dispatcher/api/command_log.hpp"
#include "dispatcher/api/forking.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/label_filter.hpp"
#include "dispatcher/api/migration.hpp"
#include "dispatcher/api/replay.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/run/keys.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

/// What was said of one of those that a request is about.
struct Said {
  bool is_left_out = false;  // it is so already: neither accepted nor refused
  std::optional<http::Response> refusal;
};
using Tell = std::function<void(std::string id, std::function<void(Said)> done)>;

/// One request: runs, or dead letters, are asked one after the other.
struct Bulk {
  Context& context;
  http::Responder responder;
  std::string action;
  bool dry_run = false;
  Value to;       // migrate: the definition
  ForkWish fork;  // of fork
  log::Library::RunFilter filter;
  std::string command_id;             // with an idempotency key: the same page again asks no run twice
  std::optional<std::string> behind;  // the cursor given
  Tell tell;
  std::vector<std::string> ids;
  std::size_t next = 0;
  std::optional<std::string> cursor;
  std::size_t accepted = 0;
  std::vector<std::string> refused;  // {"id","reason"}

  bool is_replay() const { return action == "replay"; }
  bool is_migration() const { return action == "migrate"; }
  bool is_fork() const { return action == "fork"; }
};
using BulkPtr = std::shared_ptr<Bulk>;  // shared by the callbacks of those it asks, one at a time

/// One, or a list of them.
std::optional<std::string> read_labels(const Value& value, log::Library::RunFilter& filter) {
  std::vector<std::string> texts;
  if (value.is_string()) texts.emplace_back(value.get_string());
  if (value.is_array()) {
    for (const Value& one : value.get_array())
      texts.push_back(one.is_string() ? std::string(one.get_string()) : "");
  }
  if (texts.empty()) return "filter.label must be a text, or a list of texts";
  auto labels = read_label_filters(texts);
  if (!labels) return "filter." + labels.error();
  filter.labels = *std::move(labels);
  return std::nullopt;
}

std::optional<std::string> read_filter_member(std::string_view name, const Value& value, Bulk& bulk) {
  const auto text = [&] { return value.is_string() ? std::string(value.get_string()) : std::string(); };
  if (name == "state") {
    bulk.filter.phase = run::parse_run_phase(text());
    if (!bulk.filter.phase) return "filter.state must be a run state";
  } else if (name == "workflow") {
    bulk.filter.workflow = text();
    if (bulk.filter.workflow.empty()) return "filter.workflow must be a workflow's slug";
  } else if (name == "since" || name == "until") {
    const auto at = parse_time(text());
    if (!at) return "filter." + std::string(name) + " must be a time (RFC 3339)";
    (name == "since" ? bulk.filter.since : bulk.filter.until) = at;
  } else if (name == "label") {
    return read_labels(value, bulk.filter);
  } else {
    return "filter may have state, workflow, label, since and until; found " + std::string(name);
  }
  return std::nullopt;
}

std::optional<std::string> read_member(std::string_view name, const Value& value, Bulk& bulk) {
  if (name == "action" && value.is_string()) {
    bulk.action = std::string_view(value.get_string());
    return std::nullopt;
  }
  if (name == "dryRun" && value.is_bool()) {
    bulk.dry_run = value.get_bool();
    return std::nullopt;
  }
  if (name == "cursor" && value.is_string()) {
    bulk.behind = std::string_view(value.get_string());
    return std::nullopt;
  }
  if (name == "to" && (value.is_object() || value.is_string())) {
    bulk.to = value;
    return std::nullopt;
  }
  if (read_fork_member(name, value, bulk.fork)) return std::nullopt;
  if (name != "filter" || !value.is_object()) {
    return "the body may have action (a text), filter (an object), dryRun (true or false), cursor (a text), "
           "to (of migrate: a definition, its YAML text, or the hash of a stored one), and from (a text), "
           "inputs (an object) and definition (an object or a text), of fork; found " +
           std::string(name);
  }
  for (const auto& member : value.get_object()) {
    const std::string_view of_filter(member.key().data(), member.key().size());
    if (auto problem = read_filter_member(of_filter, member.value(), bulk)) return problem;
  }
  return std::nullopt;
}

/// {"action","filter"?,"dryRun"?,"cursor"?,"to"?,"from"?,"inputs"?,"definition"?}
std::optional<std::string> read_body(const http::Request& request, Bulk& bulk) {
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) return "the body must be a JSON object";
  for (const auto& member : body->get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    if (auto problem = read_member(name, member.value(), bulk)) return problem;
  }
  if (!bulk.is_replay() && !bulk.is_migration() && !bulk.is_fork() && !find_judge(bulk.action))
    return "action must be cancel, pause, resume, retry, fork, migrate or replay";
  const bool tells_fork =
      !bulk.fork.from.empty() || !bulk.fork.inputs.is_null() || bulk.fork.definition.is_given();
  if (!bulk.is_fork() && tells_fork) return "from, inputs and definition go with fork alone";
  if (bulk.is_fork() && bulk.fork.from.empty()) return "from must name the first step to run again";
  if (!bulk.is_migration() && !bulk.to.is_null()) return "to goes with migrate alone";
  if (find(&*body, "filter") == nullptr) return "filter must say which runs; {} means all of them";
  if (bulk.is_replay() && !bulk.filter.labels.empty())
    return "filter.label goes with runs: dead letters have none";
  if (bulk.is_replay() && bulk.filter.phase)
    return "filter of replay may have workflow, since and until: it is about dead letters";
  return std::nullopt;
}

void answer(const BulkPtr& bulk) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("action").text(bulk->action).name("dryRun").boolean(bulk->dry_run);
  json.name("matched").number(bulk->accepted + bulk->refused.size()).name("accepted").number(bulk->accepted);
  json.name("refused").begin_array();
  for (const std::string& refusal : bulk->refused) json.raw(refusal);
  json.end_array().name("next");
  bulk->cursor ? json.text(*bulk->cursor) : json.null();
  json.end_object();
  bulk->responder.send(http::Response::json(200, std::move(out)));
}

void refuse(const BulkPtr& bulk, std::string_view id, std::string_view problem) {
  const auto body = read_json(problem);
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(id).name("reason");
  json.text(body ? find_text(&*body, "detail", find_text(&*body, "title")) : "refused").end_object();
  bulk->refused.push_back(std::move(out));
}

void ask_next(const BulkPtr& bulk) {
  if (bulk->next == bulk->ids.size()) return answer(bulk);
  const std::string id = bulk->ids[bulk->next++];
  bulk->tell(id, [bulk, id](const Said& said) {
    if (said.refusal) {
      refuse(bulk, id, said.refusal->body);
    } else if (!said.is_left_out) {
      ++bulk->accepted;
    }
    ask_next(bulk);
  });
}

/// On a dry run the command is judged and goes nowhere.
void judge_run(Context& context, const std::string& action, const RunId& run,
               std::function<void(Said)> done) {
  load_events(context, run, std::nullopt, [action, done = std::move(done)](Result<RunEvents> loaded) {
    if (!loaded) return done({false, problem_of(loaded.error())});
    done({false, (*find_judge(action))(*loaded).refusal});
  });
}

Tell tell_runs(const Bulk& bulk) {
  return [&context = bulk.context, action = bulk.action, dry_run = bulk.dry_run,
          key = run::command_key(bulk.command_id)](const std::string& id, std::function<void(Said)> done) {
    const RunId run = *parse_id<RunId>(id);
    if (dry_run) return judge_run(context, action, run, std::move(done));
    ask_run(context, run, key, std::move(*find_judge(action)), false,
            [done = std::move(done)](http::Response answered) {
              if (answered.status == 202) return done({});
              done({false, std::move(answered)});
            });
  };
}

Tell migrate_runs(const Bulk& bulk, const MigrationTarget& target) {
  return [&context = bulk.context, wish = bulk.dry_run ? Migration::check : Migration::move, target](
             const std::string& id, std::function<void(Said)> done) {
    migrate_run(context, *parse_id<RunId>(id), target, wish, std::nullopt,
                [done = std::move(done)](http::Response answered) {
                  if (answered.status == 200) return done({});
                  done({false, std::move(answered)});
                });
  };
}

Tell fork_runs(const Bulk& bulk) {
  return [&context = bulk.context, wish = bulk.fork](const std::string& id, std::function<void(Said)> done) {
    fork_run(context, *parse_id<RunId>(id), wish, [done = std::move(done)](http::Response answered) {
      if (answered.status <= 201) return done({});
      done({false, std::move(answered)});
    });
  };
}

Tell replay_letters(const Bulk& bulk) {
  return [&context = bulk.context, mode = bulk.dry_run ? ReplayMode::dry_bulk : ReplayMode::bulk](
             const std::string& id, std::function<void(Said)> done) {
    auto letter = parse_letter_id(id);
    if (!letter) return done({.is_left_out = true, .refusal = {}});
    replay_letter(context, std::move(*letter), mode, [done = std::move(done)](Replay replayed) {
      if (replayed.kind == Replay::Kind::refused) return done({false, std::move(replayed.answer)});
      done({replayed.kind == Replay::Kind::settled, {}});
    });
  };
}

/// One more than a page was asked for.
void found(const BulkPtr& bulk, Result<std::vector<std::string>> ids) {
  if (!ids) return bulk->responder.send(problem_of(ids.error()));
  bulk->ids = std::move(*ids);
  if (std::ssize(bulk->ids) > limits::kPageMost) {
    bulk->ids.resize(static_cast<std::size_t>(limits::kPageMost));
    bulk->cursor = bulk->ids.back();
  }
  ask_next(bulk);
}

void find_runs(const BulkPtr& bulk) {
  log::Library::RunFilter filter = bulk->filter;
  filter.limit = limits::kPageMost + 1;
  if (bulk->behind && !(filter.before = parse_id<RunId>(*bulk->behind)))
    return bulk->responder.send(http::make_problem(400, "cursor is none that an earlier answer gave"));
  bulk->context.library.runs(std::move(filter), [bulk](const Result<std::vector<log::RunHead>>& heads) {
    if (!heads) return found(bulk, std::unexpected(heads.error()));
    std::vector<std::string> ids;
    for (const log::RunHead& head : *heads) ids.push_back(to_string(head.id));
    found(bulk, std::move(ids));
  });
}

void migrate(const BulkPtr& bulk) {
  find_target(bulk->context, bulk->to, [bulk](std::expected<MigrationTarget, http::Response> target) {
    if (!target) return bulk->responder.send(std::move(target.error()));
    bulk->tell = migrate_runs(*bulk, *target);
    find_runs(bulk);
  });
}

void fork(const BulkPtr& bulk) {
  if (bulk->fork.definition.is_given()) {
    auto compiled = compile_given(bulk->fork.definition);
    if (!compiled) return bulk->responder.send(std::move(compiled.error()));
  }
  bulk->fork.dry_run = bulk->dry_run;
  bulk->tell = fork_runs(*bulk);
  find_runs(bulk);
}

void find_letters(const BulkPtr& bulk) {
  log::Library::LostFilter filter{.workflow = bulk->filter.workflow,
                                  .since = bulk->filter.since,
                                  .until = bulk->filter.until,
                                  .before = {},
                                  .limit = limits::kPageMost + 1};
  if (bulk->behind) {
    const auto id = parse_letter_id(*bulk->behind);
    if (!id)
      return bulk->responder.send(http::make_problem(400, "cursor is none that an earlier answer gave"));
    filter.before = {id->run, id->key};
  }
  bulk->tell = replay_letters(*bulk);
  bulk->context.library.lost_attempts(
      std::move(filter), [bulk](const Result<std::vector<log::LostAttempt>>& lost) {
        if (!lost) return found(bulk, std::unexpected(lost.error()));
        std::vector<std::string> ids;
        for (const log::LostAttempt& each : *lost)
          ids.push_back(to_string(LetterId{each.outcome.run, each.outcome.key}));
        found(bulk, std::move(ids));
      });
}

void run_bulk(Context& context, Call call) {
  const auto given = read_idempotency_key(call.request, {});
  if (!given) return call.responder.send(given.error());
  const BulkPtr bulk = std::make_shared<Bulk>(Bulk{.context = context,
                                                   .responder = std::move(call.responder),
                                                   .action = {},
                                                   .to = {},
                                                   .fork = {},
                                                   .filter = {},
                                                   .command_id = make_command_id(context, *given),
                                                   .behind = {},
                                                   .tell = {},
                                                   .ids = {},
                                                   .cursor = {},
                                                   .refused = {}});
  if (const auto problem = read_body(call.request, *bulk)) {
    return bulk->responder.send(http::make_problem(400, *problem));
  }
  if (bulk->is_replay()) return find_letters(bulk);
  if (bulk->is_migration()) return migrate(bulk);
  bulk->fork.idempotency_key = *given;
  if (bulk->is_fork()) return fork(bulk);
  bulk->tell = tell_runs(*bulk);
  find_runs(bulk);
}

}  // namespace

std::vector<Route> bulk_routes(Context& context) {
  return {{.method = "POST",
           .pattern = "/api/bulk",
           .summary =
               "Cancel, pause, resume, retry, fork or migrate every run that a filter finds, or replay every "
               "dead "
               "letter that is open: at most 500 a call, newest first; go on with the cursor that it answers",
           .query = {},
           .body = "Bulk",
           .answers = {{200, "BulkAnswer"}},
           .handle = [&context](Call call) { run_bulk(context, std::move(call)); }}};
}

}  // namespace callboard::dispatcher
