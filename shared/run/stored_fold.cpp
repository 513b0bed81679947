#include "shared/run/stored_fold.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/run/items.hpp"
#include "shared/run/json_text.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload_parts.hpp"
#include "shared/run/stored_state.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"

namespace callboard::run {
namespace {

constexpr std::string_view kMagic = "fold ";

Result<FoldPoint> refuse(std::string why) {
  return fail(ErrorCode::invalid, "a stored fold: " + std::move(why));
}

std::string write_header(std::string_view body) {
  return std::string(kMagic) + std::to_string(kStoredFoldVersion) + ' ' + to_hex(sha256(body)) + '\n';
}

Result<void> append_step(std::string& out, const Graph& graph, const FoldPoint& point, const FoldPoint* base,
                         StepIndex place) {
  const auto text = write_step(point.state.steps[place]);
  if (!text) return std::unexpected(text.error());
  const std::string key = key_of(graph, point.state, place);
  const bool may_be_known =
      base != nullptr && (!is_item(graph, place) || base->state.generation == point.state.generation);
  const StepIndex same = may_be_known ? find_place(graph, base->state, key) : kNoStep;
  if (same != kNoStep && write_step(base->state.steps[same]).value_or("") == *text) return {};
  if (out.back() != '[') out += ',';
  out += R"({"key":)";
  append_json_string(out, key);
  out.append(*text).append("}");
  return {};
}

Result<void> append_steps(std::string& out, const Graph& graph, const FoldPoint& point,
                          const FoldPoint* base) {
  Result<void> appended;
  out += ",\"steps\":[";
  each_place(graph, point.state, [&](StepIndex place) {
    if (appended) appended = append_step(out, graph, point, base, place);
  });
  out += ']';
  return appended;
}

Result<std::string> encode(const Graph& graph, const FoldPoint& point, const FoldPoint* base) {
  std::string body = R"({"run":")" + to_string(point.state.id) + '"';
  append_member(body, "definition", graph.hash);
  append_member(body, "checkpoint", point.checkpoint.id);
  append_member(body, "level", point.checkpoint.level);
  append_member(body, "position", std::to_string(point.checkpoint.position));
  append_time(body, "at", point.checkpoint.at);
  append_member(body, "chain", point.chain);
  append_member(body, "events", point.events);
  if (base != nullptr) append_member(body, "base", base->checkpoint.id);
  const auto state = write_state(point.state);
  if (!state) return std::unexpected(state.error());
  body.append(",\"state\":{").append(std::string_view(*state).substr(state->empty() ? 0 : 1)).append("}");
  if (auto steps = append_steps(body, graph, point, base); !steps) return std::unexpected(steps.error());
  body += '}';
  if (body.size() > limits::kStoredFoldBytes)
    return fail(ErrorCode::too_large, "the fold of the run is too large to be stored");
  return write_header(body) + body;
}

/// What stands behind the header, if it is ours and whole.
std::optional<std::string_view> open_body(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view body = bytes.substr(end + 1);
  if (bytes.substr(0, end + 1) != write_header(body) || !is_json(body)) return std::nullopt;
  return body;
}

/// The place of a step or an item; kNoStep if the workflow has none such.
StepIndex find_or_make(const Graph& graph, const std::string& text, RunState& state) {
  const auto name = parse_step_name(text);
  const StepIndex step = name ? graph.find(name->step) : kNoStep;
  if (step == kNoStep) return kNoStep;
  return make_place(graph, state, step, name->item).value_or(kNoStep);
}

Result<void> read_steps(const Graph& graph, std::string_view raw, bool whole, RunState& state) {
  std::size_t read = 0;
  std::string_view item;
  for (RawItems items(raw); items.next(item); ++read) {
    StepState step;
    StepIndex index = kNoStep;
    std::string_view name;
    std::string_view part;
    for (RawMembers members(item); members.next(name, part);) {
      if (name == "key") {
        index = find_or_make(graph, text_of(part).value_or(""), state);
      } else if (auto taken = read_step_member(name, part, state.id, step); !taken) {
        return taken;
      }
    }
    if (index == kNoStep) return fail(ErrorCode::invalid, "a step that the workflow has not");
    state.steps[index] = std::move(step);
  }
  if (whole && read != state.steps.size()) return fail(ErrorCode::invalid, "not every step is there");
  restore_ends(state);
  return {};
}

/// Items of the base stand where they stood, unless a rewind came between.
void adopt_items(const Graph& graph, const RunState& base, RunState& state) {
  if (base.generation != state.generation) return;
  state.steps.insert(state.steps.end(), base.steps.begin() + static_cast<std::ptrdiff_t>(graph.steps.size()),
                     base.steps.end());
  state.items = base.items;
  for (std::size_t i = 0; i < state.items.size(); ++i) {
    MapState& map = state.maps[state.items[i].map];
    if (map.places.size() <= state.items[i].number) map.places.resize(state.items[i].number + 1, kNoStep);
    map.places[state.items[i].number] = static_cast<StepIndex>(graph.steps.size() + i);
  }
}

Result<void> read_state(std::string_view raw, RunState& state) {
  std::string_view name;
  std::string_view part;
  for (RawMembers members(raw); members.next(name, part);) {
    if (auto taken = read_state_member(name, part, state); !taken) return taken;
  }
  // the first decision of every run is that it is created
  if (state.decisions > 0 && state.created.hash.empty())
    return fail(ErrorCode::invalid, "a state with decisions, but of no created run");
  return {};
}

/// To whoever reads it, everything is new.
void attend_to_all(RunState& state) {
  state.attention.clear();
  for (StepIndex i = 0; i < state.steps.size(); ++i) state.attention.push_back(i);
  state.attention_run = true;
}

struct Parts {
  std::string run, definition, base;
  std::optional<std::int64_t> position;
  std::optional<Time> at;
  std::string_view state, steps;
};

Parts read_parts(std::string_view body, FoldPoint& point) {
  Parts parts;
  std::string_view name;
  std::string_view raw;
  for (RawMembers members(body); members.next(name, raw);) {
    if (name == "run") parts.run = text_of(raw).value_or("");
    if (name == "definition") parts.definition = text_of(raw).value_or("");
    if (name == "base") parts.base = text_of(raw).value_or("");
    if (name == "position") parts.position = read_int64(raw);
    if (name == "at") parts.at = read_time(raw);
    if (name == "state") parts.state = raw;
    if (name == "steps") parts.steps = raw;
    if (name == "checkpoint") point.checkpoint.id = text_of(raw).value_or("");
    if (name == "level") point.checkpoint.level = number_of(raw).value_or(0);
    if (name == "chain") point.chain = text_of(raw).value_or("");
    if (name == "events") point.events = number_of(raw).value_or(0);
  }
  return parts;
}

}  // namespace

Result<std::string> encode_fold(const Graph& graph, const FoldPoint& point) {
  return encode(graph, point, nullptr);
}

Result<std::string> encode_changes(const Graph& graph, const FoldPoint& point, const FoldPoint& base) {
  return encode(graph, point, &base);
}

Result<FoldPoint> decode_fold(const Graph& graph, const RunId& run, std::string_view bytes,
                              const FoldPoint* base) {
  const auto body = open_body(bytes);
  if (!body) return refuse("damaged, or of another version");
  FoldPoint point;
  const Parts parts = read_parts(*body, point);
  if (parts.run != to_string(run)) return refuse("of another run");
  if (parts.definition != graph.hash) return refuse("of another definition");
  if (parts.base != (base == nullptr ? "" : base->checkpoint.id)) return refuse("it rests on another one");
  if (parts.state.empty() || !parts.position || !parts.at || point.checkpoint.id.empty() ||
      point.chain.empty() || point.events == 0)
    return refuse("not whole");
  point.state.id = run;
  point.state.steps = base == nullptr ? std::vector<StepState>(graph.steps.size()) : base->state.steps;
  point.state.steps.resize(graph.steps.size());
  if (auto read = read_state(parts.state, point.state); !read) return refuse(read.error().message);
  if (base != nullptr) adopt_items(graph, base->state, point.state);
  if (auto read = read_steps(graph, parts.steps, base == nullptr, point.state); !read)
    return refuse(read.error().message);
  point.checkpoint.generation = point.state.generation;
  point.checkpoint.position = *parts.position;
  point.checkpoint.decisions = point.state.decisions;
  point.checkpoint.at = *parts.at;
  attend_to_all(point.state);
  return point;
}

std::optional<std::string> find_fault(const Graph& graph, const FoldPoint& point,
                                      const std::vector<Event>& events) {
  CheckpointWalk walk(graph, point.state.id);
  for (const Event& event : events) {
    const auto points = walk.fold(event);
    if (!points) return points.error().message;
    const auto here = std::ranges::find(*points, point.checkpoint.id, &Checkpoint::id);
    if (here == points->end()) continue;
    const auto folded = encode_fold(graph, {*here, walk.chain(), walk.events(), walk.state()});
    const auto stored = encode_fold(graph, point);
    if (folded && stored && *folded == *stored) return std::nullopt;
    return "the events up to its checkpoint fold to another state";
  }
  return "the log has no such checkpoint";
}

}  // namespace callboard::run
