#include "dispatcher/api/event_view.hpp"

#include <optional>

#include "dispatcher/api/json_writer.hpp"
#include "shared/run/keys.hpp"
#include "shared/value/read.hpp"

namespace callboard::dispatcher {
namespace {

struct Part {
  std::string_view type;
  std::string_view step;
  std::int64_t attempt = 0;
  std::string_view actor;
  const Value* data = nullptr;
  std::optional<std::size_t> part;
};

std::string write_part(const run::Event& event, const Part& part) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("position").number(event.position).name("runId").text(to_string(event.run));
  json.name("key").text(event.key).name("type").text(part.type).name("step");
  if (part.step.empty()) {
    json.null();
  } else {
    json.text(part.step);
  }
  json.name("attempt");
  if (part.attempt == 0) {
    json.null();
  } else {
    json.number(part.attempt);
  }
  json.name("at").time(event.at);
  if (!part.actor.empty()) json.name("actor").text(part.actor);
  if (part.part) json.name("part").number(*part.part);
  json.name("data").raw(part.data == nullptr ? "null" : write_json(*part.data)).end_object();
  return out;
}

/// The members that say what an event is about stand beside `data`, not in it.
Value without_frame(const Value& data) {
  Value copy = data;
  if (!copy.is_object()) return copy;
  for (const char* name : {"v", "type", "step", "attempt", "actor"}) copy.get_object().erase(name);
  return copy;
}

std::vector<std::string> write_decisions(const run::Event& event, const Value& data) {
  std::vector<std::string> out;
  const Value* list = find(&data, "list");
  if (list == nullptr || !list->is_array()) return out;
  const bool several = list->get_array().size() > 1;
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    const Value& decision = list->get_array()[i];
    const Value shown = without_frame(decision);
    out.push_back(write_part(event, {.type = find_text(&decision, "type", run::to_string(event.type)),
                                     .step = find_text(&decision, "step"),
                                     .attempt = find_int(&decision, "attempt"),
                                     .actor = {},
                                     .data = &shown,
                                     .part = several ? std::optional(i) : std::nullopt}));
  }
  return out;
}

}  // namespace

std::vector<std::string> write_event(const run::Event& event) {
  // A result may itself be as deep as outside JSON.
  const auto data = read_json(event.data, 2 * limits::kJsonDepth);
  const auto key = run::parse_key(event.key);
  if (data && key && key->kind == run::KeyKind::decision) {
    auto parts = write_decisions(event, *data);
    if (!parts.empty()) return parts;
  }
  Part part{
      .type = run::to_string(event.type), .step = {}, .attempt = 0, .actor = {}, .data = nullptr, .part = {}};
  if (key) {
    part.step = key->step;
    part.attempt = key->attempt;
  }
  Value shown;
  if (data) {
    part.actor = find_text(&*data, "actor");
    if (key && key->kind == run::KeyKind::command) {
      part.step = find_text(&*data, "step");
      part.attempt = find_int(&*data, "attempt");
    }
    shown = without_frame(*data);
    part.data = &shown;
  }
  return {write_part(event, part)};
}

}  // namespace callboard::dispatcher
