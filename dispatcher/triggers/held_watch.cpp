#include "dispatcher/triggers/held_watch.hpp"

#include <algorithm>
#include <utility>

#include "dispatcher/triggers/new_run.hpp"
#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::string_view kOrigin = "held";
constexpr Micros kLook = std::chrono::milliseconds(250);
constexpr Micros kAgain = std::chrono::seconds(2);  // after a failure

/// Numbers of groups mean something in one database; with the time they do everywhere.
std::string origin_of(const log::Held::Group& group) {
  return std::to_string(group.id) + ' ' + group.workflow + ' ' + format_time(group.since);
}

std::string describe_part(const log::Held::Group& group, const HeldEvent& event, std::size_t count) {
  if (group.kind == log::HoldKind::debounce)
    return "debounce: the last of " + std::to_string(group.events) + " events";
  return "batch: one of " + std::to_string(count) + " events, delivery " + to_string(event.delivery);
}

}  // namespace

struct HeldWatch::Round {
  std::size_t open = 0;
};

HeldWatch::HeldWatch(Ports ports, std::string vars) : ports_(ports), vars_(std::move(vars)) {}
HeldWatch::~HeldWatch() { stop(); }

void HeldWatch::start() {
  is_stopped_ = false;
  look_in(kLook);
}

void HeldWatch::stop() {
  is_stopped_ = true;
  ports_.loop.cancel(std::exchange(timer_, 0));
}

void HeldWatch::look_in(Micros delay) {
  if (!is_stopped_) timer_ = ports_.loop.after(delay, [this] { look(); });
}

void HeldWatch::look() {
  if (!ports_.registry.is_loaded()) return look_in(kLook);
  ports_.held.claim(limits::kHeldAtOnce,
                    [this, alive = std::weak_ptr(alive_)](const Result<std::vector<Group>>& groups) {
                      if (alive.expired() || is_stopped_) return;
                      if (!groups) return look_in(kAgain);
                      if (groups->empty()) return look_in(kLook);
                      const auto round = std::make_shared<Round>();
                      round->open = groups->size();
                      for (const Group& group : *groups) take(group, round);
                    });
}

void HeldWatch::take(const Group& group, const RoundPtr& round) {
  ports_.held.read(group.id, [this, alive = std::weak_ptr(alive_), group, round](const Result<Parts>& parts) {
    if (alive.expired() || is_stopped_) return;
    if (!parts || parts->empty()) return settle(round);  // away, or fired by another
    fire(group, *parts, round);
  });
}

log::Arrival HeldWatch::make_arrival(const Group& group, const Parts& parts) const {
  log::Arrival arrival;
  arrival.origin_kind = kOrigin;
  arrival.origin = origin_of(group);
  log::FiredGroup fired;
  fired.id = group.id;
  fired.workflow = group.workflow;
  fired.maker = make_uuid(ports_.clock.now(), ports_.random);
  for (const log::Held::Part& part : parts) fired.deliveries.push_back(part.delivery);
  arrival.fires = std::move(fired);
  return arrival;
}

void HeldWatch::fire(const Group& group, const Parts& parts, const RoundPtr& round) {
  const CurrentWorkflowPtr workflow = ports_.registry.workflows().find(group.workflow);
  if (!workflow) return find_gone(group, parts, round);
  const Time now = ports_.clock.now();
  auto event = make_held_event(group.kind, parts, DeliveryId{make_uuid(now, ports_.random)});
  if (!event) return drop(group, parts, event.error().message, round);
  auto inputs = workflow::resolve_inputs(workflow->inputs, std::string_view());
  if (!inputs) return drop(group, parts, inputs.error().message, round);
  const RunSeed seed{.graph = workflow->graph,
                     .inputs = std::move(*inputs),
                     .vars = vars_,
                     .source = group.source,
                     .delivery = event->delivery,
                     .event_name = event->name,
                     .event = event->payload,
                     .cause_depth = event->cause_depth,
                     .untrusted = event->untrusted,
                     .needs_approval = event->needs_approval};
  auto run = make_new_run(ports_.engine, seed, now);
  if (!run) return drop(group, parts, run.error().message, round);
  log::Arrival arrival = make_arrival(group, parts);
  arrival.fires->outcome = "started";
  arrival.fires->run = run->id;
  arrival.fires->detail = describe_part(group, *event, parts.size());
  if (!event->body.empty()) {
    arrival.delivery = log::Delivery{
        .id = event->delivery,
        .source = group.source,
        .external_id = std::string(kBatchDelivery) + origin_of(group),
        .event = event->name,
        .at = {},
        .headers = "{}",
        .body = std::move(event->body),
        .verdicts = {{.workflow = group.workflow, .outcome = "started", .run = run->id, .detail = {}}},
        .matched_against = ports_.registry.workflows().hash()};
  }
  arrival.runs.push_back(std::move(*run));
  accept(std::move(arrival), workflow->graph, event->payload, round);
}

/// Another dispatcher may know a workflow that this one has not heard of yet; the catalog knows all.
void HeldWatch::find_gone(const Group& group, const Parts& parts, const RoundPtr& round) {
  ports_.catalog.versions(group.workflow, [this, alive = std::weak_ptr(alive_), group, parts,
                                           round](const Result<std::vector<log::Definition>>& versions) {
    if (alive.expired() || is_stopped_) return;
    if (!versions) return settle(round);
    const bool is_current = std::ranges::any_of(*versions, &log::Definition::current);
    const bool is_broken = ports_.registry.broken().contains(group.workflow);
    if (is_current && !is_broken) return settle(round);  // claimed again when it is known here
    drop(group, parts,
         is_broken ? "the workflow could not be read when its held events were due"
                   : "the workflow was removed while its events were held",
         round);
  });
}

void HeldWatch::drop(const Group& group, const Parts& parts, std::string why, const RoundPtr& round) {
  log::Arrival arrival = make_arrival(group, parts);
  arrival.fires->outcome = "error";
  arrival.fires->detail = std::string(to_string(group.kind)) + ": " + std::move(why);
  accept(std::move(arrival), nullptr, nullptr, round);
}

void HeldWatch::accept(log::Arrival arrival, const GraphPtr& graph, std::shared_ptr<const Value> payload,
                       const RoundPtr& round) {
  std::vector<log::NewRun> runs = arrival.runs;
  ports_.intake.accept(std::move(arrival), ports_.clock.steady() + limits::kIngressHold,
                       [this, alive = std::weak_ptr(alive_), runs = std::move(runs), graph,
                        payload = std::move(payload), round](const Result<log::Arrived>& arrived) {
                         if (alive.expired()) return;
                         const bool is_new = arrived && !arrived->duplicate;
                         for (const log::NewRun& run : runs) {
                           if (is_new)
                             ports_.engine.adopt(run, graph, graph->reads_event ? payload : nullptr,
                                                 arrived->at);
                           else if (!arrived)
                             ports_.engine.expect(run.id);
                         }
                         if (arrived && arrived->duplicate) {
                           for (const RunId& run : arrived->runs) ports_.engine.expect(run);
                         }
                         if (!is_stopped_) settle(round);
                       });
}

void HeldWatch::settle(const RoundPtr& round) {
  if (--round->open == 0) look_in(Micros(0));
}

}  // namespace callboard::dispatcher
