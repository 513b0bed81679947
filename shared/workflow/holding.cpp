#include "shared/workflow/holding.hpp"

#include "shared/base/time.hpp"

namespace callboard::workflow {
namespace {

/// A duration that an event may be held for; nothing where it is none.
std::optional<Micros> read_time(const Node& node, const std::string& path, Problems& problems) {
  const auto time = node.is_text() ? parse_duration(node.text) : std::nullopt;
  if (!time) return std::nullopt;
  if (*time > Micros(0) && *time <= limits::kHeldFor) return time;
  problems.add(node.at, path,
               "found " + describe(node) + ", expected a time above 0 and at most " +
                   format_duration(limits::kHeldFor));
  return std::nullopt;
}

std::optional<Holding> read(const Node& node, Holding::Kind kind, ExpressionReader& expressions,
                            Problems& problems) {
  const std::string field = kind == Holding::Kind::debounce ? "debounce" : "batch";
  Holding out;
  out.kind = kind;
  out.longest = limits::kHeldFor;
  if (const Node* key = node.find_text("key")) {
    const std::string path = path_of(field, "key");
    out.key = expressions.text(*key, path, {.place = path, .run = false, .steps = false});
  }
  const Node* const wait = node.find("for");
  if (wait != nullptr) out.wait = read_time(*wait, path_of(field, "for"), problems).value_or(Micros(0));
  if (const Node* size = node.find("size"); size != nullptr && size->kind == Node::Kind::number)
    out.size = size->scalar.to_number<std::uint32_t>();
  const Node* const longest = node.find("max");
  if (longest == nullptr) return out;
  const auto time = read_time(*longest, path_of(field, "max"), problems);
  out.longest = time.value_or(limits::kHeldFor);
  if (time && *time < out.wait) {
    problems.add(longest->at, path_of(field, "max"),
                 "found " + describe(*longest) + ", which is shorter than `for`: expected at least " +
                     format_duration(out.wait));
  }
  return out;
}

}  // namespace

std::optional<Holding> read_holding(const Node& root, ExpressionReader& expressions, Problems& problems) {
  const Node* const debounce = root.find_map("debounce");
  const Node* const batch = root.find_map("batch");
  if (debounce != nullptr && batch != nullptr) {
    problems.add(batch->key_at, "batch",
                 "found it beside debounce, expected one of the two: debounce keeps the last event of many, "
                 "batch keeps them all");
  }
  std::optional<Holding> out;
  if (debounce != nullptr) out = read(*debounce, Holding::Kind::debounce, expressions, problems);
  if (batch != nullptr) out = read(*batch, Holding::Kind::batch, expressions, problems);
  return out;
}

}  // namespace callboard::workflow
