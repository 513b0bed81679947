// GET /api/deliveries, GET /api/deliveries/{id}, POST /api/deliveries/{id}/replay.
#include <algorithm>
#include <utility>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/json_writer.hpp"
#include "dispatcher/api/resources.hpp"
#include "dispatcher/engine/delivery_payload.hpp"
#include "dispatcher/ingress/replayed.hpp"
#include "dispatcher/triggers/held_start.hpp"
#include "shared/log/held.hpp"
#include "shared/run/listening.hpp"
#include "shared/value/read.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::dispatcher {
namespace {

Read<DeliveryId> read_delivery_id(std::string_view text) {
  const auto id = parse_id<DeliveryId>(text);
  if (!id) return std::unexpected(not_found("delivery", text));
  return *id;
}

void write_verdicts(JsonWriter& json, const std::vector<log::Verdict>& verdicts) {
  json.name("verdicts").begin_array();
  for (const log::Verdict& verdict : verdicts) {
    json.begin_object().name("workflow").text(verdict.workflow).name("outcome").text(verdict.outcome);
    json.name("run");
    if (verdict.run) {
      json.text(to_string(*verdict.run));
    } else {
      json.null();
    }
    if (!verdict.detail.empty()) json.name("detail").text(verdict.detail);
    json.end_object();
  }
  json.end_array();
}

void write_members(JsonWriter& json, const log::Delivery& delivery) {
  json.name("id").text(to_string(delivery.id)).name("source").text(delivery.source);
  json.name("externalId").text(delivery.external_id).name("event").text(delivery.event);
  json.name("at").time(delivery.at);
  if (const auto first = replayed_delivery(delivery)) json.name("replayOf").text(to_string(*first));
  write_verdicts(json, delivery.verdicts);
}

std::string write_whole(const log::Delivery& delivery) {
  std::string out;
  out.reserve(delivery.body.size() + limits::kKiB);
  JsonWriter json(out);
  json.begin_object();
  write_members(json, delivery);
  json.name("matchedAgainst").text(delivery.matched_against);
  json.name("headers").raw(delivery.headers.empty() ? "{}" : delivery.headers);
  std::string room;
  const std::string_view payload = payload_text(delivery, room);
  json.name("payload").raw(read_json(payload) ? payload : "null").end_object();
  return out;
}

void list_deliveries(Context& context, Call call) {
  const auto limit = read_limit(call.request);
  if (!limit) return call.responder.send(limit.error());
  std::optional<DeliveryId> before;
  if (const auto cursor = call.request.find_query("cursor")) {
    before = parse_id<DeliveryId>(*cursor);
    if (!before)
      return call.responder.send(http::make_problem(400, "cursor is none that an earlier answer gave"));
  }
  context.library.deliveries(before, call.request.find_query("source").value_or(std::string()), *limit + 1,
                             [limit = *limit, responder = std::move(call.responder)](
                                 Result<std::vector<log::Delivery>> found) mutable {
                               if (!found) return responder.send(problem_of(found.error()));
                               std::optional<std::string> next;
                               if (std::ssize(*found) > limit) {
                                 found->resize(static_cast<std::size_t>(limit));
                                 next = to_string(found->back().id);
                               }
                               std::vector<std::string> items;
                               for (const log::Delivery& delivery : *found) {
                                 std::string& item = items.emplace_back();
                                 JsonWriter json(item);
                                 json.begin_object();
                                 write_members(json, delivery);
                                 json.end_object();
                               }
                               responder.send(http::Response::json(200, write_page(items, next)));
                             });
}

/// What open runs made of it stands behind what it started.
void add_told(const std::vector<log::Listeners::Told>& told, std::vector<log::Verdict>& verdicts) {
  for (const log::Listeners::Told& one : told) {
    const auto key = run::find_told(one.key);
    if (!key) continue;
    const bool cancels = key->step.empty();
    verdicts.push_back({.workflow = one.workflow,
                        .outcome = cancels ? "cancelled" : "woke",
                        .run = one.run,
                        .detail = cancels ? "cancelOn" : "step " + key->step});
  }
}

/// When its event fires stands with what is held, and changes with every event that comes.
void tell_when(log::Delivery& delivery, const std::vector<log::Held::Group>& groups) {
  for (log::Verdict& verdict : delivery.verdicts) {
    if (verdict.outcome != log::kHeldOutcome) continue;
    const auto group = std::ranges::find(groups, verdict.workflow, &log::Held::Group::workflow);
    if (group != groups.end())
      verdict.detail += "; held until " + format_time(group->due) + ", " + std::to_string(group->events) +
                        (group->events == 1 ? " event so far" : " events so far");
  }
}

void send_with_held(Context& context, log::Delivery delivery, http::Responder responder) {
  if (std::ranges::find(delivery.verdicts, log::kHeldOutcome, &log::Verdict::outcome) ==
      delivery.verdicts.end())
    return responder.send(http::Response::json(200, write_whole(delivery)));
  const DeliveryId id = delivery.id;
  context.held.find(id, [delivery = std::move(delivery), responder = std::move(responder)](
                            const Result<std::vector<log::Held::Group>>& groups) mutable {
    if (groups) tell_when(delivery, *groups);
    responder.send(http::Response::json(200, write_whole(delivery)));
  });
}

void show_delivery(Context& context, Call call) {
  const auto id = read_delivery_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  context.library.delivery(
      *id, [&context, responder = std::move(call.responder)](Result<log::Delivery> delivery) mutable {
        if (!delivery) return responder.send(problem_of(delivery.error()));
        const DeliveryId of = delivery->id;
        context.listeners.told(of, limits::kPageMost,
                               [&context, delivery = std::move(*delivery), responder = std::move(responder)](
                                   const Result<std::vector<log::Listeners::Told>>& told) mutable {
                                 if (!told) return responder.send(problem_of(told.error()));
                                 add_told(*told, delivery.verdicts);
                                 send_with_held(context, std::move(delivery), std::move(responder));
                               });
      });
}

void replay_delivery(Context& context, Call call) {
  const auto id = read_delivery_id(call.parameter("id"));
  if (!id) return call.responder.send(id.error());
  auto key = read_idempotency_key(call.request, {});
  if (!key) return call.responder.send(std::move(key.error()));
  context.library.delivery(*id, [&context, key = std::move(*key), responder = std::move(call.responder)](
                                    Result<log::Delivery> delivery) mutable {
    if (!delivery) return responder.send(problem_of(delivery.error()));
    const bool is_tick = delivery->source == workflow::kSchedule && !delivery->verdicts.empty();
    if (is_tick && !context.registry.workflows().find(delivery->verdicts.front().workflow)) {
      return responder.send(http::make_problem(409, "the workflow whose tick it is, " +
                                                        delivery->verdicts.front().workflow +
                                                        ", is not there any more"));
    }
    if (delivery->external_id.starts_with(kBatchDelivery) && delivery->event == kBatchEvent) {
      return responder.send(http::make_problem(
          409, "a batch has one run: replay the deliveries in it, or retry or fork its run"));
    }
    context.ingress.accept_again(
        *delivery, std::move(key), [responder = std::move(responder)](Result<log::Arrived> arrived) mutable {
          if (!arrived) return responder.send(problem_of(arrived.error()));
          responder.send(http::Response::json(arrived->duplicate ? 200 : 201, write_arrived(*arrived)));
        });
  });
}

}  // namespace

std::vector<Route> delivery_routes(Context& context) {
  return {
      {.method = "GET",
       .pattern = "/api/deliveries",
       .summary = "Webhooks as received, newest first, with a verdict for each workflow that listens",
       .query = {{"source", R"({"type":"string"})", "Only of this source"},
                 kLimitParameter,
                 kCursorParameter},
       .body = {},
       .answers = {{200, "DeliveryPage"}},
       .handle = [&context](Call call) { list_deliveries(context, std::move(call)); }},
      {.method = "GET",
       .pattern = "/api/deliveries/{id}",
       .summary = "A webhook with its headers and payload",
       .query = {},
       .body = {},
       .answers = {{200, "Delivery"}},
       .handle = [&context](Call call) { show_delivery(context, std::move(call)); }},
      {.method = "POST",
       .pattern = "/api/deliveries/{id}/replay",
       .summary = "Match a webhook with the workflows of now and run it again, as a new delivery",
       .query = {},
       .body = kNoMembers,
       .answers = {{201, "Arrived"}, {200, "Arrived"}},
       .handle = [&context](Call call) { replay_delivery(context, std::move(call)); }},
  };
}

}  // namespace callboard::dispatcher
