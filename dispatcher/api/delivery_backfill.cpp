#include "dispatcher/api/delivery_backfill.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/engine/delivery_payload.hpp"
#include "dispatcher/ingress/replayed.hpp"
#include "dispatcher/triggers/held_start.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::dispatcher {
namespace {

constexpr Micros kCallMost = std::chrono::seconds(5);
constexpr int kLookedAtOnce = 200;
constexpr std::size_t kAgainBytes = 100;

std::unexpected<http::Response> refuse(std::string_view detail) {
  return std::unexpected(http::make_problem(400, detail));
}

/// What becomes of one delivery.
struct Looked {
  DeliveryId id;
  Time at{};
  std::string event;
  std::string
      outcome;  // started, held, existing, condition_false, no_listener, replay, failed; of a preview start
  std::string detail;
  std::optional<RunId> run;
};

/// One call. Shared by the callbacks of its deliveries, one at a time.
struct Backfill {
  Context& context;
  http::Responder responder;
  CurrentWorkflowPtr workflow;
  DeliveryRange range;
  Micros interval{0};
  bool dry_run = false;
  Steady end{};
  std::vector<log::Delivery> page{};
  std::size_t next = 0;
  std::vector<Looked> looked{};
};
using BackfillPtr = std::shared_ptr<Backfill>;

bool covers(const std::string& wanted, const std::string& event) {
  return wanted.empty() || event == wanted ||
         (event.starts_with(wanted) && event.size() > wanted.size() && event[wanted.size()] == '.');
}

std::size_t count(const Backfill& backfill, std::string_view outcome) {
  return static_cast<std::size_t>(std::ranges::count(backfill.looked, outcome, &Looked::outcome));
}

void write_looked(JsonWriter& json, const Looked& looked) {
  json.begin_object().name("delivery").text(to_string(looked.id)).name("at").time(looked.at);
  json.name("event").text(looked.event).name("outcome").text(looked.outcome);
  if (looked.run) json.name("run").text(to_string(*looked.run));
  if (!looked.detail.empty()) json.name("detail").text(looked.detail);
  json.end_object();
}

void answer(Backfill& backfill) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("dryRun").boolean(backfill.dry_run);
  json.name("looked").number(backfill.looked.size());
  json.name("started").number(count(backfill, "started") + count(backfill, "start"));
  json.name("held").number(count(backfill, "held")).name("existing").number(count(backfill, "existing"));
  json.name("failed").number(count(backfill, "failed")).name("items").begin_array();
  for (const Looked& looked : backfill.looked) write_looked(json, looked);
  json.end_array();
  const bool is_whole = backfill.next == backfill.page.size() && std::ssize(backfill.page) < kLookedAtOnce;
  const std::string next =
      is_whole || backfill.next == 0 ? "" : to_string(backfill.page[backfill.next - 1].id);
  json.name("next");
  next.empty() ? json.null() : json.text(next);
  json.end_object();
  backfill.responder.send(http::Response::json(200, std::move(out)));
}

void look_at_next(const BackfillPtr& backfill);

void note(const BackfillPtr& backfill, const log::Delivery& delivery, std::string outcome,
          std::string detail = {}, std::optional<RunId> run = {}) {
  const bool is_paced = !backfill->dry_run && (outcome == "started" || outcome == "held");
  backfill->looked.push_back(
      {delivery.id, delivery.at, delivery.event, std::move(outcome), std::move(detail), run});
  backfill->context.loop.after(is_paced ? backfill->interval : Micros(0),
                               [backfill] { look_at_next(backfill); });
}

void take_answer(const BackfillPtr& backfill, const log::Delivery& delivery,
                 const Result<log::Arrived>& arrived) {
  if (!arrived) return note(backfill, delivery, "failed", arrived.error().message);
  const std::optional<RunId> run =
      arrived->runs.empty() ? std::nullopt : std::optional(arrived->runs.front());
  if (arrived->duplicate) return note(backfill, delivery, "existing", {}, run);
  if (run) return note(backfill, delivery, "started", {}, run);
  const std::string where = "delivery " + to_string(*arrived->delivery) + " says what became of it";
  note(backfill, delivery, backfill->workflow->triggers.holding ? "held" : "failed", where);
}

/// What would become of one that starts the workflow.
void preview(const BackfillPtr& backfill, const log::Delivery& delivery, std::string origin) {
  backfill->context.past.find_made(
      std::string(kBackfillOrigin), {std::move(origin)},
      [backfill, delivery](const Result<std::vector<bool>>& made) {
        if (!made) return note(backfill, delivery, "failed", made.error().message);
        if (made->front()) return note(backfill, delivery, "existing", "a backfill has run it before");
        note(backfill, delivery, backfill->workflow->triggers.holding ? "held" : "start");
      });
}

void match(const BackfillPtr& backfill, const log::Delivery& delivery) {
  const auto payload = read_payload(delivery);
  if (!payload) return note(backfill, delivery, "failed", payload.error().message);
  const Match match = match_workflow(backfill->workflow, delivery.source, delivery.event, &*payload);
  if (match.verdicts.empty()) return note(backfill, delivery, "no_listener");
  const log::Verdict& verdict = match.verdicts.front();
  if (!match.starts.front())
    return note(backfill, delivery, verdict.outcome == "error" ? "failed" : verdict.outcome, verdict.detail);
  const std::string& slug = backfill->workflow->graph->slug;
  std::string origin = slug + " " + to_string(delivery.id);
  if (!backfill->range.again.empty()) origin += " " + backfill->range.again;
  if (backfill->dry_run) return preview(backfill, delivery, std::move(origin));
  backfill->context.ingress.accept_for(delivery, slug, std::move(origin),
                                       [backfill, delivery](const Result<log::Arrived>& arrived) {
                                         take_answer(backfill, delivery, arrived);
                                       });
}

/// The run that the workflow made of it when it came.
const log::Verdict* find_run(const Backfill& backfill, const log::Delivery& delivery) {
  constexpr std::array<std::string_view, 3> kTaken{"started", log::kHeldOutcome, log::kReplacedOutcome};
  const auto found = std::ranges::find_if(delivery.verdicts, [&](const log::Verdict& verdict) {
    return verdict.workflow == backfill.workflow->graph->slug &&
           std::ranges::find(kTaken, verdict.outcome) != kTaken.end();
  });
  return found == delivery.verdicts.end() ? nullptr : &*found;
}

void look_at(const BackfillPtr& backfill, const log::Delivery& delivery) {
  if (replayed_delivery(delivery))
    return note(backfill, delivery, "replay", "it runs another delivery again");
  if (delivery.source == workflow::kSchedule)
    return note(backfill, delivery, "no_listener", "a tick: ticks are backfilled by their times");
  const log::Verdict* const run = find_run(*backfill, delivery);
  if (run != nullptr && backfill->range.again.empty())
    return note(backfill, delivery, "existing", run->detail, run->run);
  backfill->context.library.delivery(delivery.id, [backfill, delivery](const Result<log::Delivery>& whole) {
    if (!whole) return note(backfill, delivery, "failed", whole.error().message);
    match(backfill, *whole);
  });
}

void look_at_next(const BackfillPtr& backfill) {
  while (backfill->next < backfill->page.size()) {
    if (backfill->next > 0 && backfill->context.clock.steady() >= backfill->end) break;
    const log::Delivery& delivery = backfill->page[backfill->next++];
    if (covers(backfill->range.event, delivery.event)) return look_at(backfill, delivery);
  }
  answer(*backfill);
}

/// Why no delivery is of this source.
std::optional<std::string> find_unknown_source(Context& context, const std::string& source) {
  std::vector<std::string_view> known = context.ingress.sources();
  known.push_back(workflow::kWorkflowEnds);
  if (source.empty() || std::ranges::find(known, source) != known.end()) return std::nullopt;
  std::string names;
  for (const std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
  return "deliveries.source: found \"" + printable(source) + "\", expected one of " + names +
         did_you_mean(source, known);
}

}  // namespace

Read<DeliveryRange> read_delivery_range(const Value& body) {
  const Value* const given = find(&body, "deliveries");
  if (given == nullptr || !given->is_object())
    return refuse("deliveries must be an object with since and until");
  constexpr std::array<std::string_view, 6> kMembers{"since", "until", "source", "event", "after", "again"};
  for (const auto& member : given->get_object()) {
    const std::string name(member.key());
    if (std::ranges::find(kMembers, name) == kMembers.end() || !member.value().is_string())
      return refuse("deliveries may have the texts since, until, source, event, after and again; found " +
                    name);
  }
  const auto since = parse_time(find_text(given, "since"));
  const auto until = parse_time(find_text(given, "until"));
  if (!since || !until) return refuse("deliveries.since and deliveries.until must be times (RFC 3339)");
  if (*until < *since) return refuse("deliveries.until must not be before deliveries.since");
  DeliveryRange out{.since = *since,
                    .until = *until,
                    .source = std::string(find_text(given, "source")),
                    .event = std::string(find_text(given, "event")),
                    .again = std::string(find_text(given, "again"))};
  if (out.source == workflow::kSchedule)
    return refuse(
        "deliveries.source is github, linear, webhook or workflow: ticks are backfilled by their times, with "
        "schedule in the place of deliveries");
  if (out.again.size() > kAgainBytes)
    return refuse("deliveries.again has at most " + std::to_string(kAgainBytes) + " bytes");
  if (const std::string_view after = find_text(given, "after"); !after.empty()) {
    out.after = parse_id<DeliveryId>(after);
    if (!out.after) return refuse("deliveries.after must be `next` of the answer before");
  }
  return out;
}

void backfill_deliveries(Context& context, CurrentWorkflowPtr workflow, DeliveryRange range, Micros interval,
                         bool dry_run, http::Responder responder) {
  if (const auto problem = find_unknown_source(context, range.source))
    return responder.send(http::make_problem(400, *problem));
  const auto backfill = std::make_shared<Backfill>(Backfill{.context = context,
                                                            .responder = std::move(responder),
                                                            .workflow = std::move(workflow),
                                                            .range = std::move(range),
                                                            .interval = interval,
                                                            .dry_run = dry_run,
                                                            .end = context.clock.steady() + kCallMost});
  const DeliveryRange& wanted = backfill->range;
  context.past.read({.since = wanted.since,
                     .until = wanted.until,
                     .source = wanted.source,
                     .after = wanted.after,
                     .limit = kLookedAtOnce},
                    [backfill](Result<std::vector<log::Delivery>> page) {
                      if (!page) return backfill->responder.send(problem_of(page.error()));
                      backfill->page = std::move(*page);
                      look_at_next(backfill);
                    });
}

}  // namespace callboard::dispatcher
