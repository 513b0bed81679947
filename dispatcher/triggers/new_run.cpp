#include "dispatcher/triggers/new_run.hpp"

#include "shared/run/admission.hpp"
#include "shared/run/children.hpp"
#include "shared/run/party.hpp"
#include "shared/run/payload.hpp"

namespace callboard::dispatcher {

Result<log::NewRun> make_new_run(Engine& engine, const RunSeed& seed, Time now) {
  const RunId id = engine.make_run_id();
  const Partition partition = partition_of(id, engine.partition_count());
  run::Created created;
  created.workflow = seed.graph->slug;
  created.hash = seed.graph->hash;
  created.inputs = seed.inputs;
  created.vars = seed.vars;
  created.source = seed.source;
  created.delivery = seed.delivery;
  created.event_name = seed.event_name;
  created.forked_from = seed.forked_from;
  created.cause_depth = seed.cause_depth;
  created.untrusted = seed.untrusted;
  created.party = run::find_party(seed.source, seed.event.get());
  created.needs_approval = seed.needs_approval;
  created.created_at = now;
  if (auto rendered = run::render_created(*seed.graph, id, seed.event, created); !rendered)
    return std::unexpected(std::move(rendered.error()));
  const bool queues = !created.needs_approval;
  return log::NewRun{.id = id,
                     .partition = partition,
                     .workflow = seed.graph->slug,
                     .hash = seed.graph->hash,
                     .created = run::encode_created(created, *seed.graph, seed.kept),
                     .writer = engine.next_writer(),
                     .inbox = !engine.owns(partition),
                     // A run that a person must approve does not queue before.
                     .group = queues && run::needs_place(created, 1) ? created.group->name : std::string(),
                     .rate = queues && created.rate ? created.rate->name : std::string(),
                     .delivery = created.delivery,
                     .labels = std::move(created.labels)};
}

}  // namespace callboard::dispatcher
