#include "dispatcher/engine/children.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/engine/delivery_payload.hpp"
#include "shared/run/admission.hpp"
#include "shared/run/children.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::dispatcher {
namespace {

using Role = run::StartRun::Role;

constexpr Micros kAskAgain = std::chrono::milliseconds(500);  // while the database is away

bool is_passing(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout ||
         error.code == ErrorCode::too_large;
}

/// The event that its parent came of, or that the run before it did, is its own.
run::Created begin_created(const OpenRun& run, const run::StartRun& asked) {
  const run::Created& from = run.state.created;
  run::Created created;
  created.source = from.source;
  created.delivery = from.delivery;
  created.event_name = from.event_name;
  created.untrusted = from.untrusted;
  created.cause_depth = from.cause_depth;
  if (asked.role == Role::child) {
    ++created.cause_depth;
    created.parent = asked.parent;
    created.shared_places = asked.shared_places;
    created.places_above = asked.places_above;
  } else {
    created.continued_from = run.state.id;
  }
  return created;
}

/// It would wait for a place that is free only once it has ended. Empty: it would not.
std::string find_deadlock(const run::Created& created) {
  if (!run::needs_place(created, 1)) return {};
  const auto& held = created.places_above;
  if (std::ranges::find(held, created.group->name) == held.end()) return {};
  return "the child needs a place in " + describe(*created.group) +
         ", which a run above it has until the child has ended: use onCancel: cancel, or wait: false";
}

/// It would have the run that starts it cancelled, and be cancelled with that. Empty: it would not.
std::string find_mutual_end(const OpenRun& run, const run::StartRun& asked, const run::Created& created) {
  const bool ends_with_parent = asked.role == Role::child && !asked.parent->awaits && !asked.leaves;
  const bool replaces = created.group && created.group->on_excess == run::OnExcess::replace;
  if (!ends_with_parent || !replaces || created.group->limit > 1) return {};
  const auto held = run::places_held(run.state);
  if (std::ranges::find(held, created.group->name) == held.end()) return {};
  return "the child would take the place of a run above it in " + describe(*created.group) +
         ", and be cancelled with that: use onCancel: leave";
}

}  // namespace

void Children::prepare(OpenRun& run, const run::StartRun& asked) {
  if (const auto known = run.prepared.find(asked.run); known != run.prepared.end()) {
    if (known->second.asked.role == asked.role) return;
    run.prepared.erase(known);  // what it will be was asked for; now it is made
  }
  if (!run.preparing.insert(asked.run).second) return;
  const RunId id = run.state.id;
  const auto then = [this, id, serial = run.serial, asked](Result<Callees::Callee> callee) {
    found(id, serial, asked, std::move(callee));
  };
  if (asked.role != Role::made)
    return ports_.callees.find({asked.workflow, asked.definition, asked.inputs}, then);
  ports_.definitions.load(asked.definition, [then, inputs = asked.inputs](Result<GraphPtr> graph) {
    if (!graph) return then(std::unexpected(graph.error()));
    then(Callees::Callee{std::move(*graph), inputs});
  });
}

void Children::found(const RunId& id, std::uint64_t serial, run::StartRun asked,
                     Result<Callees::Callee> callee) {
  OpenRun* const run = hooks_.find(id, serial);
  if (run == nullptr) return;
  if (!callee && is_passing(callee.error())) return ask_again(id, serial, std::move(asked));
  if (!callee) return refuse(*run, std::move(asked), run::ErrorClass::validation, callee.error().message);
  const auto& delivery = run->state.created.delivery;
  const bool reads_event = callee->graph->reads_event && delivery && asked.role != Role::successor;
  if (!reads_event || run->state.event) {
    auto event = reads_event ? run->state.event : nullptr;
    return make(*run, std::move(asked), std::move(*callee), std::move(event));
  }
  ports_.library.delivery(*delivery, [this, id, serial, asked = std::move(asked),
                                      callee = std::move(*callee)](Result<log::Delivery> found) mutable {
    OpenRun* const open = hooks_.find(id, serial);
    if (open == nullptr) return;
    if (!found && is_passing(found.error())) return ask_again(id, serial, std::move(asked));
    auto payload = found ? read_payload(*found) : Result<Value>(std::unexpected(found.error()));
    if (!payload) return refuse(*open, std::move(asked), run::ErrorClass::internal, payload.error().message);
    make(*open, std::move(asked), std::move(callee), std::make_shared<const Value>(std::move(*payload)));
  });
}

void Children::ask_again(const RunId& id, std::uint64_t serial, run::StartRun asked) {
  ports_.loop.after(kAskAgain, [this, id, serial, asked = std::move(asked)] {
    OpenRun* const run = hooks_.find(id, serial);
    if (run == nullptr) return;
    run->preparing.erase(asked.run);
    prepare(*run, asked);
  });
}

void Children::make(OpenRun& run, run::StartRun asked, Callees::Callee callee,
                    std::shared_ptr<const Value> event) {
  run::Prepared prepared;
  prepared.definition = callee.graph->hash;
  prepared.inputs = callee.inputs;
  if (asked.role != Role::successor) {
    auto made = make_run(run, asked, callee, std::move(event));
    if (!made) return refuse(run, std::move(asked), run::ErrorClass::validation, made.error().message);
    run.started.insert_or_assign(asked.run, std::move(*made));
  }
  prepared.asked = std::move(asked);
  answer(run, std::move(prepared));
}

Result<ReadyRun> Children::make_run(const OpenRun& run, const run::StartRun& asked,
                                    const Callees::Callee& callee, std::shared_ptr<const Value> event) {
  run::Created created = begin_created(run, asked);
  created.workflow = callee.graph->slug;
  created.hash = callee.graph->hash;
  created.inputs = callee.inputs;
  created.vars = ports_.callees.vars();
  created.created_at = ports_.clock.now();
  if (auto rendered = run::render_created(*callee.graph, asked.run, event, created); !rendered)
    return std::unexpected(std::move(rendered.error()));
  created.party = run.state.created.party;
  for (std::string problem : {find_deadlock(created), find_mutual_end(run, asked, created)}) {
    if (!problem.empty()) return fail(ErrorCode::invalid, std::move(problem));
  }
  log::NewRun made{.id = asked.run,
                   .partition = partition_of(asked.run, partitions_),
                   .workflow = created.workflow,
                   .hash = created.hash,
                   .created = run::encode_created(created),
                   .writer = writers_.next(),
                   .inbox = false};
  if (run::needs_place(created, 1)) made.group = created.group->name;
  if (created.rate) made.rate = created.rate->name;
  made.delivery = created.delivery;
  if (created.parent) made.parent = created.parent->run;
  made.labels = std::move(created.labels);
  return ReadyRun{std::move(made), callee.graph, std::move(event)};
}

void Children::refuse(OpenRun& run, run::StartRun asked, run::ErrorClass error_class, std::string message) {
  run::Prepared prepared;
  prepared.asked = std::move(asked);
  prepared.problem = run::StepError{error_class, std::move(message)};
  answer(run, std::move(prepared));
}

void Children::answer(OpenRun& run, run::Prepared prepared) {
  run.preparing.erase(prepared.asked.run);
  const run::StepIndex step = prepared.asked.step;
  if (step == run::kNoStep) {
    run.state.attention_run = true;
  } else if (step < run.state.steps.size()) {  // else a rewind took its item away
    run.state.attention.push_back(step);
  }
  run.prepared.insert_or_assign(prepared.asked.run, std::move(prepared));
  hooks_.touch(run);
}

void Children::attach(OpenRun& run, const run::DecisionRow& row, log::Append& append) {
  for (const RunId& id : row.starts) append.runs.push_back(run.started.at(id).run);
  for (const run::Told& told : row.tells)
    append.others.push_back({told.run, told.key, told.type, writers_.next(), told.data});
}

Children::Hung Children::take(OpenRun& run, const run::DecisionRow& row) {
  Hung hung;
  for (const RunId& id : row.starts) {
    hung.runs.push_back(std::move(run.started.extract(id).mapped()));
    run.prepared.erase(id);
  }
  for (const run::Told& told : row.tells) hung.others.push_back({told.run, told.key});
  return hung;
}

/// Read as it stands: what was there already stays. What is not seen so is told by its inbox row.
void Children::committed(Hung hung, Time at) {
  for (ReadyRun& started : hung.runs)
    hooks_.adopt(started.run, started.graph, started.graph->reads_event ? std::move(started.event) : nullptr,
                 at);
  std::erase_if(hung.others, [](const auto& other) { return other.key.starts_with("cmd/"); });
  if (hung.others.empty()) return;
  ports_.events.read_keys(std::move(hung.others), [this](const Result<std::vector<run::Event>>& events) {
    if (!events) return;
    for (const run::Event& event : *events) hooks_.notice(event);
  });
}

void Children::tell(const run::Told& told) {
  log::Append row;
  row.run = told.run;
  row.key = told.key;
  row.type = told.type;
  row.writer = writers_.next();
  row.data = told.data;
  row.inbox = true;
  ports_.events.append(std::move(row), [this](const Result<log::Appended>& appended) {
    if (appended && appended->won) hooks_.told();
  });
}

}  // namespace callboard::dispatcher
