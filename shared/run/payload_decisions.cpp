#include <utility>

#include "shared/run/json_text.hpp"
#include "shared/run/payload.hpp"
#include "shared/run/payload_parts.hpp"
#include "shared/run/stored_state.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

constexpr std::string_view kWhat = "decisions";
constexpr std::string_view kNotCreated = "decisions: the first row does not begin with run.created";

bool has_error(const Decision& decision) {
  return decision.type == EventType::step_failed || decision.type == EventType::run_failed ||
         decision.type == EventType::run_cancelling;
}

/// A person alone is named by no member, as in rows of before others could pause a run.
void append_paused(std::string& out, const Paused& paused) {
  if (paused.scope.empty()) return;
  append_member(out, "by", paused.scope);
  append_member(out, "why", paused.why);
  if (paused.by_person) out += ",\"person\":true";
}

/// ,"throttle":{"key":"acme/widgets","limit":10,"per":"60000000"}; the span in microseconds.
void append_rate(std::string& out, const Rate& rate) {
  out += ",\"throttle\":{\"key\":";
  append_json_string(out, rate.name);
  append_member(out, "limit", rate.limit);
  append_member(out, "per", std::to_string(rate.per.count()));
  out += '}';
}

std::optional<Rate> read_rate(std::string_view raw) {
  Rate rate;
  std::string_view name;
  std::string_view part;
  for (RawMembers members(raw); members.next(name, part);) {
    if (name == "key") rate.name = text_of(part).value_or("");
    if (name == "limit") rate.limit = number_of(part).value_or(0);
    if (name == "per") rate.per = Micros(read_int64(part).value_or(0));
  }
  if (rate.name.empty() || rate.limit == 0 || rate.per <= Micros(0)) return std::nullopt;
  return rate;
}

void append_decision(std::string& out, const Graph& graph, const Decision& decision) {
  out += R"({"type":")";
  out += to_string(decision.type);
  out += '"';
  if (decision.step != kNoStep) {
    out += ",\"step\":";
    append_json_string(out, graph.steps[decision.step].key);
  }
  if (decision.item) {
    out += ",\"item\":";
    out += std::to_string(*decision.item);
  }
  if (decision.type == EventType::step_started && !decision.run) {
    out += ",\"items\":";
    out += std::to_string(decision.items);
  }
  if (decision.attempt > 0) {
    out += ",\"attempt\":";
    out += std::to_string(decision.attempt);
  }
  if (decision.at != Time{}) append_time(out, "at", decision.at);
  if (!decision.value.empty()) {
    out += ",\"value\":";
    out += decision.value;
  }
  if (has_error(decision)) {
    out += ',';
    append_error(out, decision.error);
  }
  if (decision.type == EventType::run_paused) append_paused(out, decision.paused);
  append_member(out, "consumes", decision.consumes);
  append_member(out, "generation", decision.generation);
  append_member(out, "keep", decision.keep);
  append_member(out, "keepDecided", decision.keep_decided);
  append_member(out, "definition", decision.definition);
  if (decision.run) append_member(out, "run", to_string(*decision.run));
  if (decision.leaves) out += ",\"leaves\":true";
  if (!decision.inputs.empty()) out += ",\"inputs\":" + decision.inputs;
  if (decision.rate) append_rate(out, *decision.rate);
  out += '}';
}

std::optional<EventType> read_type(std::string_view raw) {
  std::string room;
  return parse_event_type(text_of(raw, room).value_or(""));
}

/// What is no object is passed over.
bool open_decision(JsonReader& json) {
  if (json.open_object()) return true;
  json.take_value();
  return false;
}

Result<void> read_member(const Graph& graph, std::string_view name, std::string_view raw,
                         Decision& decision) {
  if (name == "step") {
    std::string room;
    const std::string_view key = text_of(raw, room).value_or("");
    decision.step = graph.find(key);
    if (decision.step == kNoStep)
      return fail(ErrorCode::invalid, "decisions: the workflow has no step \"" + std::string(key) + "\"");
  } else if (name == "item") {
    decision.item = number_of(raw);
  } else if (name == "items") {
    decision.items = number_of(raw).value_or(0);
  } else if (name == "attempt") {
    decision.attempt = number_of(raw).value_or(0);
  } else if (name == "at") {
    const auto at = read_time(raw);
    if (!at) return fail(ErrorCode::invalid, "decisions: at is no time");
    decision.at = *at;
  } else if (name == "value") {
    decision.value = raw;
  } else if (name == "error") {
    const auto error = read_error(raw);
    if (!error) return fail(ErrorCode::invalid, "decisions: an error without a known class");
    decision.error = *error;
  } else if (name == "consumes") {
    decision.consumes = read_texts(raw);
  } else if (name == "by") {
    decision.paused.scope = text_of(raw).value_or("");
  } else if (name == "why") {
    decision.paused.why = text_of(raw).value_or("");
  } else if (name == "person") {
    decision.paused.by_person = raw == "true";
  } else if (name == "generation") {
    decision.generation = number_of(raw).value_or(0);
  } else if (name == "keep") {
    decision.keep = read_texts(raw);
  } else if (name == "keepDecided") {
    decision.keep_decided = read_texts(raw);
  } else if (name == "definition") {
    decision.definition = text_of(raw).value_or("");
  } else if (name == "run") {
    decision.run = parse_id<RunId>(text_of(raw).value_or(""));
  } else if (name == "leaves") {
    decision.leaves = raw == "true";
  } else if (name == "inputs") {
    decision.inputs = raw;
  } else if (name == "throttle") {
    decision.rate = read_rate(raw);
  }
  return {};
}

/// "group":"acme/widgets","limit":1,"onExcess":"queue"
void append_group(std::string& out, const Group& group) {
  append_member(out, "group", group.name);
  append_member(out, "limit", group.limit);
  append_member(out, "onExcess", std::string(to_string(group.on_excess)));
}

void read_member(std::string_view name, std::string_view raw, Group& group) {
  if (name == "group") group.name = text_of(raw).value_or("");
  if (name == "limit") group.limit = number_of(raw).value_or(0);
  if (name == "onExcess")
    group.on_excess = parse_on_excess(text_of(raw).value_or("")).value_or(OnExcess::queue);
}

/// "parent":{"run","step","attempt","generation","awaits"?}
void append_parent(std::string& out, const Parent& parent) {
  out += R"(,"parent":{"run":")" + to_string(parent.run) + '"';
  append_member(out, "step", parent.step);
  append_member(out, "attempt", parent.attempt);
  append_member(out, "generation", parent.generation);
  if (parent.awaits) out += ",\"awaits\":true";
  out += '}';
}

std::optional<Parent> read_parent(std::string_view raw) {
  Parent parent;
  std::optional<RunId> run;
  std::string_view name;
  std::string_view part;
  for (RawMembers members(raw); members.next(name, part);) {
    if (name == "run") run = parse_id<RunId>(text_of(part).value_or(""));
    if (name == "step") parent.step = text_of(part).value_or("");
    if (name == "attempt") parent.attempt = number_of(part).value_or(0);
    if (name == "generation") parent.generation = number_of(part).value_or(0);
    if (name == "awaits") parent.awaits = part == "true";
  }
  if (!run || parent.step.empty()) return std::nullopt;
  parent.run = *run;
  return parent;
}

/// "labels":{"team":"core","pr":"7"}
void append_labels(std::string& out, const Labels& labels) {
  if (labels.empty()) return;
  out += ",\"labels\":{";
  for (const Label& label : labels) {
    if (&label != labels.data()) out += ',';
    append_json_string(out, label.name);
    out += ':';
    append_json_string(out, label.value);
  }
  out += '}';
}

Labels read_labels(std::string_view raw) {
  Labels out;
  std::string_view name;
  std::string_view value;
  for (RawMembers members(raw); members.next(name, value);)
    out.push_back({std::string(name), text_of(value).value_or("")});
  return out;
}

void read_member(std::string_view name, std::string_view raw, Created& created,
                 std::optional<Time>& created_at) {
  if (name == "workflow") created.workflow = text_of(raw).value_or("");
  if (name == "hash") created.hash = text_of(raw).value_or("");
  if (name == "inputs") created.inputs = raw;
  if (name == "vars") created.vars = raw;
  if (name == "source") created.source = text_of(raw).value_or("");
  if (name == "delivery") created.delivery = parse_id<DeliveryId>(text_of(raw).value_or(""));
  if (name == "event") created.event_name = text_of(raw).value_or("");
  if (name == "throttle") created.rate = read_rate(raw);
  if (name == "party") created.party = text_of(raw).value_or("");
  if (name == "labels") created.labels = read_labels(raw);
  if (name == "forkedFrom") created.forked_from = parse_id<RunId>(text_of(raw).value_or(""));
  if (name == "parent") created.parent = read_parent(raw);
  if (name == "sharedPlaces") created.shared_places = read_texts(raw);
  if (name == "placesAbove") created.places_above = read_texts(raw);
  if (name == "continuedFrom") created.continued_from = parse_id<RunId>(text_of(raw).value_or(""));
  if (name == "causeDepth") created.cause_depth = number_of(raw).value_or(0);
  if (name == "untrusted") created.untrusted = raw == "true";
  if (name == "needsApproval") created.needs_approval = raw == "true";
  if (name == "semantics") created.semantics = number_of(raw).value_or(0);
  if (name == "createdAt") created_at = read_time(raw);
}

/// The decision that d/0 begins with.
Result<Created> read_created(JsonReader& json) {
  Created created;
  bool is_created = false;
  std::optional<Time> created_at;
  Group group;
  std::string_view name;
  for (bool more = open_decision(json); more && json.next_member(name);) {
    const std::string_view raw = json.take_value();
    if (name == "type") is_created = read_type(raw) == EventType::run_created;
    read_member(name, raw, created, created_at);
    read_member(name, raw, group);
  }
  if (!group.name.empty() && group.limit > 0) created.group = std::move(group);
  if (!is_created) return fail(ErrorCode::invalid, std::string(kNotCreated));
  if (created.hash.empty() || !created_at)
    return fail(ErrorCode::invalid, "run.created: no hash or no createdAt");
  created.created_at = *created_at;
  if (created.semantics != 1) {
    return fail(ErrorCode::invalid,
                "run.created: semantics " + std::to_string(created.semantics) + " was found, expected 1");
  }
  return created;
}

Result<Decision> read_decision(const Graph& graph, JsonReader& json) {
  Decision decision;
  std::optional<EventType> type;
  std::string_view name;
  for (bool more = open_decision(json); more && json.next_member(name);) {
    const std::string_view raw = json.take_value();
    if (name == "type") {
      type = read_type(raw);
    } else if (type != EventType::run_created) {
      if (auto read = read_member(graph, name, raw, decision); !read) return std::unexpected(read.error());
    }
  }
  if (!type) return fail(ErrorCode::invalid, "decisions: one without a known type");
  decision.type = *type;
  if (decision.type == EventType::run_paused && decision.paused.scope.empty()) {
    decision.paused = {.by_person = true};
  }
  return decision;
}

/// Calls `read(json)` on each decision of the row, until one is refused.
template <typename Read>
Result<void> each_decision(std::string_view data, Read read) {
  std::string_view name;
  PayloadReader payload(data, kWhat);
  while (payload.next(name)) {
    JsonReader& json = payload.json();
    if (name != "list" || !json.open_array()) {
      json.take_value();
      continue;
    }
    while (json.next_item()) {
      if (auto taken = read(json); !taken) return taken;
    }
  }
  return payload.end();
}

}  // namespace

std::string encode_created(const Created& created) {
  std::string out = R"({"v":1,"list":[{"type":"run.created")";
  append_member(out, "workflow", created.workflow);
  append_member(out, "hash", created.hash);
  out += ",\"inputs\":" + created.inputs + ",\"vars\":" + created.vars;
  append_member(out, "source", created.source);
  if (created.delivery) append_member(out, "delivery", to_string(*created.delivery));
  append_member(out, "event", created.event_name);
  if (created.group) append_group(out, *created.group);
  if (created.rate) append_rate(out, *created.rate);
  append_member(out, "party", created.party);
  append_labels(out, created.labels);
  if (created.forked_from) append_member(out, "forkedFrom", to_string(*created.forked_from));
  if (created.parent) append_parent(out, *created.parent);
  append_member(out, "sharedPlaces", created.shared_places);
  append_member(out, "placesAbove", created.places_above);
  if (created.continued_from) append_member(out, "continuedFrom", to_string(*created.continued_from));
  append_member(out, "causeDepth", created.cause_depth);
  if (created.untrusted) out += ",\"untrusted\":true";
  if (created.needs_approval) out += ",\"needsApproval\":true";
  out += ",\"semantics\":" + std::to_string(created.semantics);
  append_time(out, "createdAt", created.created_at);
  out += "}]}";
  return out;
}

std::string encode_created(const Created& created, const Graph& graph, const std::vector<Decision>& kept) {
  std::string out = encode_created(created);
  out.resize(out.size() - std::string_view("]}").size());
  for (const Decision& decision : kept) {
    out += ',';
    append_decision(out, graph, decision);
  }
  out += "]}";
  return out;
}

Result<Created> decode_created(std::string_view data) {
  Result<Created> created = fail(ErrorCode::invalid, std::string(kNotCreated));
  bool is_first = true;
  auto read = each_decision(data, [&](JsonReader& json) {
    if (std::exchange(is_first, false)) {
      created = read_created(json);
    } else {
      json.take_value();
    }
    return Result<void>();
  });
  if (!read) return std::unexpected(read.error());
  return created;
}

Result<std::string> decode_migrated(std::string_view data) {
  std::string hash;
  auto read = each_decision(data, [&](JsonReader& json) {
    std::string_view name;
    for (bool more = open_decision(json); more && json.next_member(name);) {
      const std::string_view raw = json.take_value();
      if (name == "definition") hash = text_of(raw).value_or("");
    }
    return Result<void>();
  });
  if (!read) return std::unexpected(read.error());
  if (hash.empty()) return fail(ErrorCode::invalid, "decisions: run.migrated names no definition");
  return hash;
}

std::string encode_decisions(const Graph& graph, const std::vector<Decision>& list) {
  std::string out = R"({"v":1,"list":[)";
  for (const Decision& decision : list) {
    if (out.back() != '[') out += ',';
    append_decision(out, graph, decision);
  }
  out += "]}";
  return out;
}

Result<std::vector<Decision>> decode_decisions(const Graph& graph, std::string_view data) {
  std::vector<Decision> list;
  auto read = each_decision(data, [&](JsonReader& json) -> Result<void> {
    auto decision = read_decision(graph, json);
    if (!decision) return std::unexpected(decision.error());
    list.push_back(std::move(*decision));
    return {};
  });
  if (!read) return std::unexpected(read.error());
  if (list.empty()) return fail(ErrorCode::invalid, "decisions: an empty list");
  return list;
}

Result<std::vector<Decision>> decode_first_row(const Graph& graph, std::string_view data, Created& created) {
  std::vector<Decision> list;
  auto read = each_decision(data, [&](JsonReader& json) -> Result<void> {
    if (list.empty()) {
      auto first = read_created(json);
      if (!first) return std::unexpected(first.error());
      created = std::move(*first);
      list.emplace_back();
      return {};
    }
    auto decision = read_decision(graph, json);
    if (!decision) return std::unexpected(decision.error());
    list.push_back(std::move(*decision));
    return {};
  });
  if (!read) return std::unexpected(read.error());
  if (list.empty()) return fail(ErrorCode::invalid, std::string(kNotCreated));
  return list;
}

}  // namespace callboard::run
