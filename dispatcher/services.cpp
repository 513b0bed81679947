#include "dispatcher/services.hpp"

#include <optional>
#include <utility>

#include "dispatcher/api/api.hpp"
#include "dispatcher/schedule/scheduler.hpp"
#include "dispatcher/triggers/compiled_definitions.hpp"
#include "dispatcher/triggers/current_callees.hpp"
#include "dispatcher/triggers/held_watch.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::dispatcher {
namespace {

/// Answers to webhooks by source and result, as a metric.
class DeliveryCounters {
 public:
  DeliveryCounters(telemetry::Metrics& metrics, const std::vector<Sender>& senders) {
    for (const Sender& sender : senders) add(metrics, sender.source.name);
    add(metrics, workflow::kWebhook);
  }

  void add(telemetry::Metrics& metrics, std::string_view source) {
    const auto counter = [&](const char* result) {
      return metrics.counter("callboard_deliveries_total", "Webhooks answered, by source and result",
                             {{"source", std::string(source)}, {"result", result}});
    };
    counters_.push_back({source, counter("accepted"), counter("refused"), counter("failed")});
  }

  void count(std::string_view source, int status) const {
    for (const Of& of : counters_) {
      if (of.source == source) (status == 202 ? of.accepted : status >= 500 ? of.failed : of.refused).add();
    }
  }

 private:
  struct Of {
    std::string_view source;
    telemetry::Counter accepted, refused, failed;
  };
  std::vector<Of> counters_;
};

Engine::Ports engine_ports(const Services::Ports& ports, Definitions& definitions, Callees& callees) {
  return {.loop = ports.loop,
          .clock = ports.clock,
          .random = ports.random,
          .events = ports.events,
          .ownership = ports.ownership,
          .slots = ports.slots,
          .library = ports.library,
          .folds = ports.folds,
          .listeners = ports.listeners,
          .definitions = definitions,
          .callees = callees,
          .jobs = ports.bus.jobs(),
          .notices = ports.bus.notices(),
          .bus = ports.bus.health()};
}

}  // namespace

struct Services::Parts {
  Parts(Ports ports, Options options);

  Incarnation self;
  CompiledDefinitions definitions;
  Registry registry;
  std::optional<FolderWatch> folder;
  CurrentCallees callees;
  Engine engine;
  DeliveryCounters counters;
  Arrivals arrivals;
  RunEndWatch run_ends;
  HeldWatch held;
  CatchUp catch_up;
  Ingress ingress;
  Scheduler scheduler;
  ApprovalLinks links;
  Context context;
  Api api;
};

Services::Parts::Parts(Ports ports, Options options)
    : self{make_uuid(ports.clock.now(), ports.random)},
      definitions(ports.loop, ports.catalog, options.segments),
      registry({.loop = ports.loop,
                .catalog = ports.catalog,
                .run_ends = ports.run_ends,
                .definitions = definitions,
                .notices = ports.bus.notices()},
               self, options.segments),
      callees(ports.loop, ports.catalog, registry, options.segments, options.vars),
      engine(engine_ports(ports, definitions, callees),
             {.self = self,
              .name = options.name,
              .partitions = limits::kPartitions,
              .segments = options.segments,
              .on_database_time = std::move(options.on_database_time),
              .on_refused_fold = std::move(options.on_refused_fold)}),
      counters(ports.metrics, options.senders),
      arrivals(
          {.clock = ports.clock, .engine = engine, .intake = ports.intake, .workflows = registry.workflows()},
          options.vars),
      run_ends({.loop = ports.loop,
                .clock = ports.clock,
                .random = ports.random,
                .engine = engine,
                .events = ports.events,
                .ends = ports.run_ends,
                .listeners = ports.listeners,
                .registry = registry,
                .arrivals = arrivals},
               std::move(options.on_lost_end)),
      held({.loop = ports.loop,
            .clock = ports.clock,
            .random = ports.random,
            .engine = engine,
            .held = ports.held,
            .intake = ports.intake,
            .catalog = ports.catalog,
            .registry = registry},
           options.vars),
      catch_up({.loop = ports.loop,
                .clock = ports.clock,
                .random = ports.random,
                .engine = engine,
                .registry = registry,
                .arrivals = arrivals,
                .ask = std::move(options.ask_github)},
               std::move(options.catch_up)),
      ingress({.clock = ports.clock,
               .random = ports.random,
               .workflows = registry.workflows(),
               .arrivals = arrivals},
              {.senders = std::move(options.senders),
               .find_secrets = std::move(options.find_webhook_secrets),
               .is_on_loopback = options.is_on_loopback,
               .on_answer = [this](std::string_view source, int status) { counters.count(source, status); }}),
      scheduler({.runs = {.loop = ports.loop,
                          .clock = ports.clock,
                          .random = ports.random,
                          .engine = engine,
                          .intake = ports.intake,
                          .catalog = ports.catalog,
                          .schedules = ports.schedules},
                 .registry = registry},
                options.vars, options.segments),
      links(ports.loop, ports.clock, ports.link_key, options.public_url),
      context{.loop = ports.loop,
              .clock = ports.clock,
              .random = ports.random,
              .events = ports.events,
              .intake = ports.intake,
              .catalog = ports.catalog,
              .pauses = ports.pauses,
              .schedules = ports.schedules,
              .held = ports.held,
              .slots = ports.slots,
              .past = ports.past,
              .library = ports.library,
              .listeners = ports.listeners,
              .bus = ports.bus.health(),
              .engine = engine,
              .definitions = definitions,
              .registry = registry,
              .ingress = ingress,
              .ticks = scheduler.runs(),
              .links = links,
              .metrics = ports.metrics,
              .folder = nullptr,
              .http_counts = std::move(options.http_counts),
              .log_counts = std::move(options.log_counts),
              .version = options.version,
              .public_url = options.public_url,
              .vars = options.vars},
      api(context) {
  if (!options.workflows.empty())
    context.folder =
        &folder.emplace(ports.loop, registry, options.workflows, std::move(options.on_workflow_file));
}

Services::Services(Ports ports, Options options)
    : parts_(std::make_unique<Parts>(ports, std::move(options))) {}
Services::~Services() = default;

void Services::start() {
  parts_->registry.start();
  if (parts_->folder) parts_->folder->start();
  parts_->engine.start();
  parts_->links.start();
  parts_->run_ends.start();
  parts_->held.start();
  parts_->scheduler.start();
  parts_->catch_up.start();
}

void Services::stop(Task stopped) {
  parts_->scheduler.stop();
  if (parts_->folder) parts_->folder->stop();
  parts_->catch_up.stop();
  parts_->held.stop();
  parts_->run_ends.stop();
  parts_->registry.stop();
  parts_->engine.stop(std::move(stopped));
}

void Services::handle(http::Request request, http::Responder responder) {
  parts_->api.handle(std::move(request), std::move(responder));
}

}  // namespace callboard::dispatcher
