// GET /api/workflows and GET /api/workflows/{name}.
#include <algorithm>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/no_workflow.hpp"
#include "dispatcher/api/resources.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::dispatcher {
namespace {

/// What is wrong with the file or the stored definition behind a slug; empty if nothing is.
std::string problems_of(const Context& context, const std::string& slug) {
  if (context.folder != nullptr) {
    for (const FolderWatch::BadFile& bad : context.folder->bad_files()) {
      if (bad.workflow == slug) return bad.problems;
    }
  }
  const auto broken = context.registry.broken().find(slug);
  return broken == context.registry.broken().end() ? std::string() : broken->second;
}

void write_inputs(JsonWriter& json, const std::vector<workflow::Input>& inputs) {
  json.name("inputs").begin_array();
  for (const workflow::Input& input : inputs) {
    json.begin_object()
        .name("name")
        .text(input.name)
        .name("type")
        .text(input.type.empty() ? "any" : input.type);
    json.name("required").boolean(input.required);
    if (!input.description.empty()) json.name("description").text(input.description);
    if (input.fallback) json.name("default").raw(write_json(*input.fallback));
    json.end_object();
  }
  json.end_array();
}

void write_texts(JsonWriter& json, std::string_view name, const auto& texts, auto text_of) {
  if (texts.empty()) return;
  json.name(name).begin_array();
  for (const auto& text : texts) json.text(text_of(text));
  json.end_array();
}

void write_filters(JsonWriter& json, const workflow::Filters& filters) {
  const auto of_glob = [](const workflow::Glob& glob) -> std::string_view { return glob.source(); };
  const auto itself = [](const std::string& text) -> std::string_view { return text; };
  write_texts(json, "branches", filters.branches.list, of_glob);
  write_texts(json, "branchesIgnore", filters.branches_ignore.list, of_glob);
  write_texts(json, "tags", filters.tags.list, of_glob);
  write_texts(json, "tagsIgnore", filters.tags_ignore.list, of_glob);
  write_texts(json, "paths", filters.paths.list, of_glob);
  write_texts(json, "pathsIgnore", filters.paths_ignore.list, of_glob);
  write_texts(json, "labels", filters.labels, itself);
  write_texts(json, "actors", filters.actors, itself);
  write_texts(json, "actorsIgnore", filters.actors_ignore, itself);
  if (filters.bots) json.name("bots").boolean(true);
  if (filters.forks == workflow::Forks::approve) json.name("forks").text("approve");
  if (filters.forks == workflow::Forks::refuse) json.name("forks").text("refuse");
}

void write_triggers(JsonWriter& json, const workflow::Triggers& triggers) {
  json.name("triggers").begin_array();
  for (const workflow::EventTrigger& trigger : triggers.events) {
    json.begin_object().name("source").text(trigger.source).name("events").begin_array();
    for (const std::string& event : trigger.events) json.text(event);
    json.end_array();
    write_filters(json, trigger.filters);
    if (trigger.condition) json.name("if").text(trigger.condition->source());
    json.end_object();
  }
  for (const workflow::ScheduleTrigger& schedule : triggers.schedules) {
    json.begin_object().name("source").text(workflow::kSchedule).name("cron").text(schedule.times.cron());
    json.name("timezone").text(schedule.times.timezone()).end_object();
  }
  json.end_array();
}

void write_members(JsonWriter& json, const CurrentWorkflow& workflow, const std::string& problems) {
  json.name("name").text(workflow.graph->slug).name("title").text(workflow.graph->name);
  json.name("version").text(workflow.graph->version).name("hash").text(workflow.graph->hash);
  json.name("registeredAt").time(workflow.since).name("steps").number(workflow.graph->steps.size());
  write_triggers(json, workflow.triggers);
  write_inputs(json, workflow.inputs);
  if (!problems.empty()) json.name("problems").text(problems);
}

std::string write_bad_file(const FolderWatch::BadFile& bad) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .name("name")
      .null()
      .name("file")
      .text(bad.file)
      .name("problems")
      .text(bad.problems)
      .end_object();
  return out;
}

void list_workflows(Context& context, Call call) {
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  const std::string after = call.request.find_query("cursor").value_or(std::string());
  std::vector<std::string> items;
  std::optional<std::string> next;
  std::string last;
  for (const CurrentWorkflowPtr& workflow : context.registry.workflows().list()) {
    if (workflow->graph->slug <= after) continue;
    if (std::ssize(items) == *limit) {
      next = last;
      break;
    }
    std::string item;
    JsonWriter json(item);
    json.begin_object();
    write_members(json, *workflow, problems_of(context, workflow->graph->slug));
    json.end_object();
    items.push_back(std::move(item));
    last = workflow->graph->slug;
  }
  if (!next && context.folder != nullptr) {
    for (const FolderWatch::BadFile& bad : context.folder->bad_files()) {
      if (!context.registry.workflows().find(bad.workflow)) items.push_back(write_bad_file(bad));
    }
  }
  call.responder.send(http::Response::json(200, write_page(items, next)));
}

void write_versions(JsonWriter& json, const std::vector<log::Definition>& versions) {
  json.name("versions").begin_array();
  for (const log::Definition& version : versions) {
    json.begin_object().name("version").text(version.version).name("hash").text(version.hash);
    json.name("registeredAt").time(version.at).name("current").boolean(version.current).end_object();
  }
  json.end_array();
}

/// The versions whose hash begins so; empty: which one is meant is for the current definition to say.
std::vector<log::Definition> versions_of(const std::vector<log::Definition>& all, std::string_view digits) {
  std::vector<log::Definition> out;
  for (const log::Definition& version : all) {
    if (version.hash.starts_with(digits)) out.push_back(version);
  }
  return out;
}

/// One that is named by its hash, whether it is the current one or not.
void show_version(Context& context, const std::string& hash, http::Responder responder) {
  context.catalog.load(hash, [responder = std::move(responder)](Result<log::Definition> definition) mutable {
    if (!definition) return responder.send(problem_of(definition.error()));
    std::string out;
    JsonWriter json(out);
    json.begin_object().name("name").text(definition->slug).name("title").text(definition->name);
    json.name("version").text(definition->version).name("hash").text(definition->hash);
    json.name("registeredAt").time(definition->at).name("current").boolean(definition->current);
    json.name("format").text(definition->format).name("definition").text(definition->body).end_object();
    responder.send(http::Response::json(200, std::move(out)));
  });
}

constexpr int kShownHeld = 20;

void write_holding(JsonWriter& json, const CurrentWorkflow& workflow) {
  if (!workflow.triggers.holding) return;
  const workflow::Holding& holding = *workflow.triggers.holding;
  const bool is_batch = holding.kind == workflow::Holding::Kind::batch;
  json.name(is_batch ? "batch" : "debounce").begin_object();
  json.name("for").text(format_duration(holding.wait));
  if (is_batch)
    json.name("size").number(holding.size);
  else
    json.name("max").text(format_duration(holding.longest));
  json.end_object();
}

/// What is held of its events, those that fire first first.
void write_held(JsonWriter& json, const log::Held::Listed& held) {
  json.name("held").begin_object().name("groups").number(held.count).name("events").number(held.events);
  json.name("next").begin_array();
  for (const log::Held::Group& group : held.groups) {
    json.begin_object().name("kind").text(to_string(group.kind)).name("key").text(group.key);
    json.name("source").text(group.source).name("events").number(group.events);
    json.name("since").time(group.since).name("due").time(group.due).end_object();
  }
  json.end_array().end_object();
}

void show_definition(Context& context, std::string slug, std::vector<log::Definition> versions,
                     log::Held::Listed held, http::Responder responder) {
  const CurrentWorkflowPtr current = context.registry.workflows().find(slug);
  const std::string hash = current ? current->graph->hash : versions.front().hash;
  context.catalog.load(hash, [&context, slug = std::move(slug), current, versions = std::move(versions),
                              held = std::move(held),
                              responder = std::move(responder)](Result<log::Definition> definition) mutable {
    if (!definition) return responder.send(problem_of(definition.error()));
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    if (current) {
      write_members(json, *current, problems_of(context, slug));
      write_holding(json, *current);
    } else {
      json.name("name")
          .text(slug)
          .name("title")
          .text(definition->name)
          .name("version")
          .text(definition->version);
      json.name("hash").text(definition->hash).name("registeredAt").time(definition->at);
    }
    json.name("current").boolean(current != nullptr).name("format").text(definition->format);
    json.name("definition").text(definition->body);
    write_versions(json, versions);
    if (held.count > 0) write_held(json, held);
    json.end_object();
    responder.send(http::Response::json(200, std::move(out)));
  });
}

void show_workflow(Context& context, Call call) {
  const std::string digits = call.request.find_query("hash").value_or(std::string());
  if (parse_uuid(call.parameter("name"))) {
    if (!digits.empty())
      return call.responder.send(http::make_problem(400, "hash goes with a workflow's name"));
    call.parameters.emplace_back("id", call.parameter("name"));
    return show_run(context, std::move(call));
  }
  if (std::ranges::any_of(call.request.query_names(),
                          [](const std::string& name) { return name != "hash"; })) {
    return call.responder.send(http::make_problem(400, "a workflow takes no query parameter but hash"));
  }
  std::string slug = call.parameter("name");
  context.catalog.versions(slug, [&context, slug, digits, responder = std::move(call.responder)](
                                     Result<std::vector<log::Definition>> versions) mutable {
    if (!versions) return responder.send(problem_of(versions.error()));
    if (versions->empty()) return responder.send(no_workflow(context, slug));
    if (!digits.empty()) {
      const auto fitting = versions_of(*versions, digits);
      if (fitting.empty()) return responder.send(not_found("version", slug + "@" + digits));
      if (fitting.size() == 1) return show_version(context, fitting.front().hash, std::move(responder));
      return responder.send(http::make_problem(400, "several versions begin with " + digits));
    }
    context.held.list(slug, kShownHeld,
                      [&context, slug, versions = std::move(*versions),
                       responder = std::move(responder)](Result<log::Held::Listed> held) mutable {
                        if (!held) return responder.send(problem_of(held.error()));
                        show_definition(context, slug, std::move(versions), std::move(*held),
                                        std::move(responder));
                      });
  });
}

}  // namespace

std::vector<Route> workflow_routes(Context& context) {
  return {
      {.method = "GET",
       .pattern = "/api/workflows",
       .summary = "Current workflows, and the files that could not be read",
       .query = {kLimitParameter, kCursorParameter},
       .body = {},
       .answers = {{200, "WorkflowPage"}},
       .handle = [&context](Call call) { list_workflows(context, std::move(call)); }},
      {.method = "GET",
       .pattern = "/api/workflows/{name}",
       .summary = "A workflow with its definition and its versions; of a run's id: the run",
       .query = {kWaitParameter,
                 {"hash", R"({"type":"string"})", "Of a workflow: its version whose hash begins so"},
                 {"at", R"({"type":"integer"})", "Of a run: as it stood at this position of the log"}},
       .body = {},
       .answers = {{200, "Workflow"}},
       .handle = [&context](Call call) { show_workflow(context, std::move(call)); }},
  };
}

}  // namespace callboard::dispatcher
