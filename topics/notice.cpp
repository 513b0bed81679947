#include "topics/job.hpp"
#include "topics/message_reader.hpp"
#include "topics/message_text.hpp"

namespace callboard::topics {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kRunningMost = 1'000;
constexpr std::string_view kChanged = "changed";

void write_event(MessageText& out, const run::Event& event) {
  out.open('{');
  out.name("run");
  out.id(event.run.uuid);
  out.name("key");
  out.text(event.key);
  out.name("type");
  out.number(static_cast<std::int16_t>(event.type));
  out.name("writer");
  out.number(event.writer.value);
  out.name("position");
  out.number(event.position);
  out.name("at");
  out.number(event.at.time_since_epoch().count());
  out.name("data");
  out.raw(event.data);
  out.close('}');
}

bool read_type(MessageValue value, run::EventType& out) {
  std::int16_t number = 0;
  if (!read(value, number)) return false;
  out = static_cast<run::EventType>(number);
  return run::parse_event_type(run::to_string(out)) == out;
}

bool read_event(MessageValue value, run::Event& event) {
  bool has_run = false;
  bool has_type = false;
  const bool read_well = read_object(value, [&](std::string_view name, MessageValue member) {
    if (name == "run") return has_run = read(member, event.run);
    if (name == "key") return read(member, event.key);
    if (name == "type") return has_type = read_type(member, event.type);
    if (name == "writer") return read(member, event.writer.value);
    if (name == "position") return read(member, event.position);
    if (name == "at") return read(member, event.at);
    if (name == "data") return read_raw(member, event.data);
    return true;
  });
  return read_well && has_run && has_type && !event.key.empty();
}

bool read_running(MessageValue value, std::vector<std::string>& running) {
  return read_array(value, [&](MessageValue step) {
    return running.size() < kRunningMost && read(step, running.emplace_back());
  });
}

}  // namespace

std::string encode_notice(const std::vector<run::Event>& events) {
  std::size_t bytes = 32;
  for (const auto& event : events) bytes += 180 + event.data.size();
  MessageText out(bytes);
  out.open('{');
  out.name("v");
  out.number(kVersion);
  out.name("events");
  out.open('[');
  for (const auto& event : events) write_event(out, event);
  out.close(']');
  out.close('}');
  return out.take();
}

Result<std::vector<run::Event>> decode_notice(std::string_view bytes) {
  std::vector<run::Event> events;
  const bool read_well = read_message(bytes, kVersion, [&](std::string_view name, MessageValue value) {
    if (name != "events") return true;
    return read_array(value, [&](MessageValue event) { return read_event(event, events.emplace_back()); });
  });
  if (!read_well || events.empty()) return fail(ErrorCode::invalid, "these bytes are no notice of version 1");
  return events;
}

std::string encode_stop(const StopRun& stop) {
  MessageText out(96 + stop.reason.size());
  out.open('{');
  out.name("v");
  out.number(kVersion);
  out.name("stop");
  out.id(stop.run.uuid);
  out.name("reason");
  out.text(stop.reason);
  if (stop.generation > 1) {
    out.name("generation");
    out.number(stop.generation);
  }
  if (!stop.steps.empty()) {
    out.name("steps");
    out.open('[');
    for (const std::string& step : stop.steps) out.text(step);
    out.close(']');
  }
  out.close('}');
  return out.take();
}

Result<StopRun> decode_stop(std::string_view bytes) {
  StopRun stop;
  bool has_run = false;
  const bool read_well = read_message(bytes, kVersion, [&](std::string_view name, MessageValue value) {
    if (name == "stop") return has_run = read(value, stop.run);
    if (name == "reason") return read(value, stop.reason);
    if (name == "generation") return read(value, stop.generation);
    if (name == "steps")
      return read_array(value, [&](MessageValue step) { return read(step, stop.steps.emplace_back()); });
    return true;
  });
  if (!read_well || !has_run) return fail(ErrorCode::invalid, "these bytes are no stop message of version 1");
  return stop;
}

std::string encode_presence(const Presence& presence) {
  MessageText out(256 + presence.running.size() * 72);
  out.open('{');
  out.name("v");
  out.number(kVersion);
  out.name("worker");
  out.id(presence.worker.uuid);
  out.name("name");
  out.text(presence.name);
  out.name("pool");
  out.text(presence.pool);
  out.name("slots");
  out.number(presence.slots);
  out.name("busy");
  out.number(presence.busy);
  out.name("draining");
  out.boolean(presence.draining);
  out.name("gone");
  out.boolean(presence.gone);
  out.name("running");
  out.open('[');
  for (std::size_t i = 0; i < presence.running.size() && i < kRunningMost; ++i) out.text(presence.running[i]);
  out.close(']');
  out.close('}');
  return out.take();
}

Result<Presence> decode_presence(std::string_view bytes) {
  Presence presence;
  bool has_worker = false;
  const bool read_well = read_message(bytes, kVersion, [&](std::string_view name, MessageValue value) {
    if (name == "worker") return has_worker = read(value, presence.worker);
    if (name == "name") return read(value, presence.name);
    if (name == "pool") return read(value, presence.pool);
    if (name == "slots") return read(value, presence.slots);
    if (name == "busy") return read(value, presence.busy);
    if (name == "draining") return read(value, presence.draining);
    if (name == "gone") return read(value, presence.gone);
    if (name == "running") return read_running(value, presence.running);
    return true;
  });
  if (!read_well || !has_worker) return fail(ErrorCode::invalid, "these bytes are no presence of version 1");
  return presence;
}

std::string encode_pauses_changed() {
  MessageText out(32);
  out.open('{');
  out.name("v");
  out.number(kVersion);
  out.name("pauses");
  out.text(kChanged);
  out.close('}');
  return out.take();
}

bool is_pauses_changed(std::string_view bytes) {
  std::string pauses;
  const bool read_well = read_message(bytes, kVersion, [&](std::string_view name, MessageValue value) {
    return name == "pauses" ? read(value, pauses) : true;
  });
  return read_well && pauses == kChanged;
}

std::string encode_workflows_changed(const Incarnation& by) {
  MessageText out(96);
  out.open('{');
  out.name("v");
  out.number(kVersion);
  out.name("workflows");
  out.text(kChanged);
  out.name("by");
  out.id(by.uuid);
  out.close('}');
  return out.take();
}

std::optional<Incarnation> parse_workflows_changed(std::string_view bytes) {
  std::string workflows;
  Incarnation by;
  bool has_by = false;
  const bool read_well = read_message(bytes, kVersion, [&](std::string_view name, MessageValue value) {
    if (name == "workflows") return read(value, workflows);
    if (name == "by") return has_by = read(value, by);
    return true;
  });
  if (!read_well || !has_by || workflows != kChanged) return std::nullopt;
  return by;
}

}  // namespace callboard::topics
