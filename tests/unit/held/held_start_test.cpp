#include "dispatcher/triggers/held_start.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::dispatcher {
namespace {

using namespace std::chrono_literals;

CurrentWorkflow make(const std::string& holding) {
  auto compiled = compile_workflow("name: w\non: {github: push}\ninputs: {team: {default: core}}\n" +
                                       holding + "\nsteps: [{type: noop}]\n",
                                   "yaml", true);
  EXPECT_TRUE(compiled) << workflow::to_string(compiled.error(), "w");
  return std::move(*compiled);
}

std::shared_ptr<const Value> payload(std::string_view json) {
  return std::make_shared<const Value>(*read_json(json));
}

Result<log::HeldStart> hold(const CurrentWorkflow& workflow, std::string_view event) {
  return make_held_start(workflow, R"({"team":"core"})", R"({"stage":"prod"})", payload(event), Time());
}

log::Held::Part part(std::string body) {
  return {.delivery = DeliveryId{{{1}}}, .event = "push", .body = std::move(body)};
}

TEST(HeldStart, HasTheKeyOfItsEvent) {
  const auto held = hold(make("debounce: {key: \"${event.ref} ${inputs.team} ${vars.stage}\", for: 30s}"),
                         R"({"ref":"main"})");
  ASSERT_TRUE(held) << held.error().message;
  EXPECT_EQ(held->workflow, "w");
  EXPECT_EQ(held->kind, log::HoldKind::debounce);
  EXPECT_EQ(held->key, "main core prod");
  EXPECT_EQ(held->wait, 30s);
  EXPECT_EQ(held->longest, limits::kHeldFor);
  EXPECT_EQ(describe_holding(*held),
            "debounce, key \"main core prod\": the last event starts a run once none came for 30s");
}

TEST(HeldStart, WithoutAKeyAllEventsOfTheWorkflowGoTogether) {
  const auto held = hold(make("batch: {size: 50, for: 10s}"), "{}");
  ASSERT_TRUE(held) << held.error().message;
  EXPECT_EQ(held->kind, log::HoldKind::batch);
  EXPECT_EQ(held->key, "");
  EXPECT_EQ(held->size, 50u);
  EXPECT_EQ(describe_holding(*held), "batch: 50 events start a run, or those that have come within 10s");
}

TEST(HeldStart, IsAnErrorWhereItsKeyCannotBe) {
  const auto broken = hold(make("debounce: {key: \"${ fromJSON(event.ref) }\", for: 30s}"), R"({"ref":"{"})");
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().message.starts_with("debounce.key: ")) << broken.error().message;
  const auto large = hold(make("batch: {key: \"${ event.ref }\", size: 2, for: 30s}"),
                          R"({"ref":")" + std::string(limits::kHeldKeyBytes + 1, 'x') + "\"}");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().message, "batch.key: found 1025 bytes, expected at most 1024");
}

TEST(HeldEvent, OfADebounceIsTheLastPayload) {
  const auto event = make_held_event(log::HoldKind::debounce, {part(R"({"n":1})")}, {});
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->name, "push");
  EXPECT_EQ(event->delivery, (DeliveryId{{{1}}}));
  EXPECT_EQ(write_json(*event->payload), R"({"n":1})");
  EXPECT_TRUE(event->body.empty()) << "it is no delivery of its own";
}

TEST(HeldEvent, OfABatchHoldsAllPayloadsInTheirOrder) {
  auto outside = part("payload=%7B%22n%22%3A2%7D");
  outside.untrusted = true;
  outside.cause_depth = 3;
  const DeliveryId batch{{{2}}};
  const auto event = make_held_event(log::HoldKind::batch, {part(R"({"n":1})"), outside, part("")}, batch);
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->delivery, batch);
  EXPECT_EQ(event->name, kBatchEvent);
  EXPECT_EQ(event->body, R"({"events":[{"n":1},{"n":2}],"count":2})") << "what retention took is left out";
  EXPECT_TRUE(event->untrusted) << "one of them comes from outside";
  EXPECT_EQ(event->cause_depth, 3u);
  EXPECT_FALSE(make_held_event(log::HoldKind::batch, {part("")}, batch));
}

}  // namespace
}  // namespace callboard::dispatcher
