#include "dispatcher/triggers/run_end_watch.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "dispatcher/triggers/ended_run.hpp"
#include "shared/base/limits.hpp"
#include "shared/run/keys.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kLook = std::chrono::milliseconds(300);
constexpr Micros kAgain = std::chrono::seconds(2);  // after a failure

}  // namespace

/// The ends of one look, and those of them that are done with.
struct RunEndWatch::Round {
  std::size_t open = 0;
  std::size_t found = 0;
  std::vector<log::RunEnds::End> done;
};

RunEndWatch::RunEndWatch(Ports ports, Complain complain) : ports_(ports), complain_(std::move(complain)) {}
RunEndWatch::~RunEndWatch() { stop(); }

void RunEndWatch::start() {
  is_stopped_ = false;
  look_in(kLook);
}

void RunEndWatch::stop() {
  is_stopped_ = true;
  ports_.loop.cancel(std::exchange(timer_, 0));
}

void RunEndWatch::look_in(Micros delay) {
  if (!is_stopped_) timer_ = ports_.loop.after(delay, [this] { look(); });
}

void RunEndWatch::look() {
  std::vector<Partition> mine;
  for (Partition i = 0; i < ports_.engine.partition_count(); ++i) {
    if (ports_.engine.owns(i)) mine.push_back(i);
  }
  if (mine.empty() || !ports_.registry.is_loaded()) return look_in(kLook);
  ports_.ends.read(std::move(mine), limits::kRunEndsAtOnce,
                   [this, alive = std::weak_ptr(alive_)](Result<std::vector<log::RunEnds::End>> ends) {
                     if (alive.expired() || is_stopped_) return;
                     if (!ends) return look_in(kAgain);
                     if (ends->empty()) return look_in(kLook);
                     take(std::move(*ends));
                   });
}

void RunEndWatch::take(std::vector<log::RunEnds::End> ends) {
  std::vector<log::EventLog::KeyOf> keys;
  for (const log::RunEnds::End& end : ends) {
    keys.push_back({end.run, run::decision_key(0)});
    keys.push_back({end.run, run::decision_key(end.decision)});
  }
  ports_.events.read_keys(std::move(keys), [this, alive = std::weak_ptr(alive_),
                                            ends = std::move(ends)](Result<std::vector<run::Event>> events) {
    if (alive.expired() || is_stopped_) return;
    if (!events) return look_in(kAgain);
    const auto round = std::make_shared<Round>();  // shared with the callbacks of its arrivals
    round->open = round->found = ends.size();
    for (const log::RunEnds::End& end : ends) arrive(round, end, *events);
  });
}

void RunEndWatch::arrive(const std::shared_ptr<Round>& round, const log::RunEnds::End& end,
                         const std::vector<run::Event>& events) {
  const auto row = [&](std::uint32_t decision) {
    return std::ranges::find_if(events, [&, key = run::decision_key(decision)](const run::Event& event) {
      return event.run == end.run && event.key == key;
    });
  };
  const auto created = row(0);
  const auto closing = row(end.decision);
  const bool is_there = created != events.end() && closing != events.end();
  auto ended = is_there ? read_ended_run(*created, *closing)
                        : Result<EndedRun>(fail(ErrorCode::not_found, "the run is gone"));
  if (!ended) complain_(end.run, ended.error().message);
  if (!ended) {  // what can't be read now never can
    round->done.push_back(end);
    return settle(round);
  }
  const WorkflowSet& workflows = ports_.registry.workflows();
  const bool is_wanted = workflows.wants_payload(workflow::kWorkflowEnds, ended->event) ||
                         workflows.is_awaited(workflow::kWorkflowEnds, ended->event);
  is_wanted ? send(round, end, *std::move(ended)) : arrive_if_awaited(round, end, *std::move(ended));
}

/// No current workflow wants it: an open run of an older one, or of one that never was current, may.
void RunEndWatch::arrive_if_awaited(const std::shared_ptr<Round>& round, const log::RunEnds::End& end,
                                    EndedRun ended) {
  std::string event = ended.event;
  ports_.listeners.is_awaited(std::string(workflow::kWorkflowEnds), std::move(event),
                              [this, alive = std::weak_ptr(alive_), round, end,
                               ended = std::move(ended)](Result<bool> awaited) mutable {
                                if (alive.expired()) return;
                                if (awaited && *awaited) return send(round, end, std::move(ended));
                                if (awaited) round->done.push_back(end);
                                settle(round);
                              });
}

void RunEndWatch::send(const std::shared_ptr<Round>& round, const log::RunEnds::End& end, EndedRun ended) {
  const std::string external = to_string(end.run) + "/" + run::decision_key(end.decision);
  Arrivals::Event event{.delivery = {.id = DeliveryId{make_uuid(ports_.clock.now(), ports_.random)},
                                     .source = std::string(workflow::kWorkflowEnds),
                                     .external_id = external,
                                     .event = ended.event,
                                     .at = {},
                                     .headers = "{}",
                                     .body = write_json(ended.payload),
                                     .verdicts = {},
                                     .matched_against = {}},
                        .payload = std::make_shared<const Value>(std::move(ended.payload)),
                        .origin_kind = "run",
                        .origin = external,
                        .cause_depth = ended.cause_depth};
  ports_.arrivals.accept(std::move(event), [this, alive = std::weak_ptr(alive_), round,
                                            end](const Result<log::Arrived>& arrived) {
    if (alive.expired()) return;
    if (arrived) round->done.push_back(end);
    settle(round);
  });
}

/// Those that did not arrive stay, and the next look finds them again.
void RunEndWatch::settle(const std::shared_ptr<Round>& round) {
  if (--round->open > 0) return;
  const bool has_failed = round->done.size() < round->found;
  if (round->done.empty()) return look_in(kAgain);
  ports_.ends.remove(std::move(round->done),
                     [this, alive = std::weak_ptr(alive_), has_failed](const Result<bool>& removed) {
                       if (alive.expired() || is_stopped_) return;
                       look_in(removed && !has_failed ? Micros(0) : kAgain);
                     });
}

}  // namespace callboard::dispatcher
