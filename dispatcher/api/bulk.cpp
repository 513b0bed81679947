// POST /api/bulk: a command, or a migration, for every run that a filter finds, a page of them at a time.
#include <memory>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/ask.hpp"
#include "dispatcher/api/command_log.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/migration.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/run/keys.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::string_view kMigrate = "migrate";

/// One request: its runs are asked one after the other.
struct Bulk {
  Context& context;
  http::Responder responder;
  std::string action;
  bool dry_run = false;
  Value to;  // migrate: the definition
  MigrationTarget target;
  log::Library::RunFilter filter;
  std::string command_id;  // with an idempotency key: the same page again asks no run twice
  std::vector<RunId> runs;
  std::size_t next = 0;
  std::optional<RunId> cursor;
  std::size_t accepted = 0;
  std::vector<std::string> refused;  // {"id","reason"}
};
using BulkPtr = std::shared_ptr<Bulk>;  // shared by the callbacks of its runs, one at a time

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
  } else {
    return "filter may have state, workflow, since and until; found " + std::string(name);
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
    bulk.filter.before = parse_id<RunId>(std::string_view(value.get_string()));
    return bulk.filter.before ? std::nullopt
                              : std::optional<std::string>("cursor is none that an earlier answer gave");
  }
  if (name == "to" && (value.is_object() || value.is_string())) {
    bulk.to = value;
    return std::nullopt;
  }
  if (name != "filter" || !value.is_object()) {
    return "the body may have action (a text), filter (an object), dryRun (true or false), cursor (a text) "
           "and to (of migrate: a definition, its YAML text, or the hash of a stored one); found " +
           std::string(name);
  }
  for (const auto& member : value.get_object()) {
    const std::string_view of_filter(member.key().data(), member.key().size());
    if (auto problem = read_filter_member(of_filter, member.value(), bulk)) return problem;
  }
  return std::nullopt;
}

/// {"action","filter"?,"dryRun"?,"cursor"?,"to"?}
std::optional<std::string> read_body(const http::Request& request, Bulk& bulk) {
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) return "the body must be a JSON object";
  for (const auto& member : body->get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    if (auto problem = read_member(name, member.value(), bulk)) return problem;
  }
  const bool migrates = bulk.action == kMigrate;
  if (!migrates && !find_judge(bulk.action)) {
    return "action must be cancel, pause, resume, retry or migrate";
  }
  if (!migrates && !bulk.to.is_null()) return "to goes with migrate alone";
  if (find(&*body, "filter") == nullptr) return "filter must say which runs; {} means all of them";
  return std::nullopt;
}

void answer(const BulkPtr& bulk) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("action").text(bulk->action).name("dryRun").boolean(bulk->dry_run);
  json.name("matched").number(bulk->runs.size()).name("accepted").number(bulk->accepted);
  json.name("refused").begin_array();
  for (const std::string& refusal : bulk->refused) json.raw(refusal);
  json.end_array().name("next");
  bulk->cursor ? json.text(to_string(*bulk->cursor)) : json.null();
  json.end_object();
  bulk->responder.send(http::Response::json(200, std::move(out)));
}

void refuse(const BulkPtr& bulk, const RunId& run, std::string_view problem) {
  const auto body = read_json(problem);
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(run)).name("reason");
  json.text(body ? find_text(&*body, "detail", find_text(&*body, "title")) : "refused").end_object();
  bulk->refused.push_back(std::move(out));
}

void ask_next(const BulkPtr& bulk);

/// On a dry run the command is judged and goes nowhere.
void judge_only(const BulkPtr& bulk, const RunId& run) {
  load_events(bulk->context, run, std::nullopt, [bulk, run](Result<RunEvents> loaded) {
    std::optional<http::Response> refusal;
    if (!loaded) {
      refusal = problem_of(loaded.error());
    } else {
      refusal = (*find_judge(bulk->action))(*loaded).refusal;
    }
    refusal ? refuse(bulk, run, refusal->body) : void(++bulk->accepted);
    ask_next(bulk);
  });
}

void migrate(const BulkPtr& bulk, const RunId& run) {
  migrate_run(bulk->context, run, bulk->target, bulk->dry_run ? Migration::check : Migration::move,
              std::nullopt, [bulk, run](const http::Response& answered) {
                answered.status == 200 ? void(++bulk->accepted) : refuse(bulk, run, answered.body);
                ask_next(bulk);
              });
}

void ask_next(const BulkPtr& bulk) {
  if (bulk->next == bulk->runs.size()) return answer(bulk);
  const RunId run = bulk->runs[bulk->next++];
  if (bulk->action == kMigrate) return migrate(bulk, run);
  if (bulk->dry_run) return judge_only(bulk, run);
  ask_run(bulk->context, run, run::command_key(bulk->command_id), std::move(*find_judge(bulk->action)), false,
          [bulk, run](const http::Response& answered) {
            answered.status == 202 ? void(++bulk->accepted) : refuse(bulk, run, answered.body);
            ask_next(bulk);
          });
}

void find_runs(const BulkPtr& bulk) {
  bulk->filter.limit = limits::kPageMost + 1;
  log::Library::RunFilter filter = bulk->filter;
  bulk->context.library.runs(std::move(filter), [bulk](Result<std::vector<log::RunHead>> heads) {
    if (!heads) return bulk->responder.send(problem_of(heads.error()));
    for (const log::RunHead& head : *heads) {
      if (bulk->runs.size() < static_cast<std::size_t>(limits::kPageMost)) bulk->runs.push_back(head.id);
    }
    if (heads->size() > bulk->runs.size()) bulk->cursor = bulk->runs.back();
    ask_next(bulk);
  });
}

void run_bulk(Context& context, Call call) {
  const auto given = read_idempotency_key(call.request, {});
  if (!given) return call.responder.send(given.error());
  const BulkPtr bulk = std::make_shared<Bulk>(Bulk{.context = context,
                                                   .responder = std::move(call.responder),
                                                   .action = {},
                                                   .to = {},
                                                   .target = {},
                                                   .filter = {},
                                                   .command_id = make_command_id(context, *given),
                                                   .runs = {},
                                                   .cursor = {},
                                                   .refused = {}});
  if (const auto problem = read_body(call.request, *bulk)) {
    return bulk->responder.send(http::make_problem(400, *problem));
  }
  find_target(context, bulk->to, !bulk->dry_run,
              [bulk](std::expected<MigrationTarget, http::Response> target) {
                if (!target) return bulk->responder.send(std::move(target.error()));
                bulk->target = std::move(*target);
                find_runs(bulk);
              });
}

}  // namespace

std::vector<Route> bulk_routes(Context& context) {
  return {{.method = "POST",
           .pattern = "/api/bulk",
           .summary =
               "Cancel, pause, resume, retry or migrate every run that a filter finds: at most 500 a call, "
               "newest first; go on "
               "with the cursor that it answers",
           .query = {},
           .body = "Bulk",
           .answers = {{200, "BulkAnswer"}},
           .handle = [&context](Call call) { run_bulk(context, std::move(call)); }}};
}

}  // namespace callboard::dispatcher
