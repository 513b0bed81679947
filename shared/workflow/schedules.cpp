#include "shared/workflow/schedules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

constexpr std::array<std::string_view, 3> kCatchUps = {"none", "latest", "all"};
constexpr std::array<std::string_view, 3> kOverlaps = {"skip", "queue", "allow"};

template <typename Choice>
Choice read_choice(const Node& node, std::string_view field, std::span<const std::string_view> words,
                   Choice fallback) {
  const Node* const value = node.is_map() ? node.find_text(field) : nullptr;
  if (value == nullptr) return fallback;
  const auto found = std::ranges::find(words, value->text);
  return found == words.end() ? fallback : static_cast<Choice>(found - words.begin());
}

std::optional<schedule::Cron> read_cron(const Node& text, const std::string& path, Problems& problems) {
  const auto cron = schedule::Cron::parse(text.text);
  if (cron) return *cron;
  problems.add(text.at, path, cron.error().message);
  return std::nullopt;
}

std::optional<schedule::Zone> read_zone(const Node* text, const std::string& path, Problems& problems) {
  auto zone = schedule::Zone::find(text == nullptr ? "UTC" : std::string_view(text->text));
  if (zone) return *std::move(zone);
  problems.add(text == nullptr ? Position() : text->at, path_of(path, "timezone"), zone.error().message);
  return std::nullopt;
}

Micros read_jitter(const Node& node, const std::string& path, Problems& problems) {
  const Node* const text = node.is_map() ? node.find_text("jitter") : nullptr;
  if (text == nullptr) return Micros(0);
  const auto jitter = parse_duration(text->text);
  if (!jitter) return Micros(0);  // its shape was refused
  if (*jitter <= limits::kJitter) return *jitter;
  problems.add(text->at, path_of(path, "jitter"),
               "found " + describe(*text) + ", expected a duration of at most " +
                   format_duration(limits::kJitter) + " such as 0s, 30s or 10m");
  return Micros(0);
}

std::optional<ScheduleTrigger> read_one(const Node& node, const std::string& path, Problems& problems) {
  const Node* const text = node.is_map() ? node.find_text("cron") : &node;
  if (text == nullptr || !text->is_text()) return std::nullopt;
  const auto cron = read_cron(*text, node.is_map() ? path_of(path, "cron") : path, problems);
  auto zone = read_zone(node.is_map() ? node.find_text("timezone") : nullptr, path, problems);
  const Micros jitter = read_jitter(node, path, problems);
  if (!cron || !zone) return std::nullopt;
  return ScheduleTrigger{.times = schedule::Schedule(text->text, *cron, *std::move(zone)),
                         .catchup = read_choice(node, "catchup", kCatchUps, CatchUp::latest),
                         .overlap = read_choice(node, "overlap", kOverlaps, Overlap::skip),
                         .jitter = jitter};
}

}  // namespace

std::string_view to_string(CatchUp catchup) { return kCatchUps[static_cast<std::size_t>(catchup)]; }
std::string_view to_string(Overlap overlap) { return kOverlaps[static_cast<std::size_t>(overlap)]; }

std::vector<ScheduleTrigger> read_schedules(const Node& on, Problems& problems) {
  std::vector<ScheduleTrigger> out;
  const Node* const node = on.find(kSchedule);
  if (node == nullptr) return out;
  const std::string path = path_of("on", kSchedule);
  if (!node->is_list()) {
    if (auto one = read_one(*node, path, problems)) out.push_back(*std::move(one));
    return out;
  }
  if (node->children.size() > limits::kSchedules) {
    problems.add(node->at, path,
                 "found " + std::to_string(node->children.size()) + " schedules, expected at most " +
                     std::to_string(limits::kSchedules));
    return out;
  }
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    auto one = read_one(node->children[i], path_of(path, i), problems);
    if (!one) continue;
    const auto same =
        std::ranges::find(out, one->times.id(), [](const auto& other) { return other.times.id(); });
    if (same != out.end())
      problems.add(node->children[i].at, path_of(path, i),
                   "found the same cron and timezone twice, expected them once");
    out.push_back(*std::move(one));
  }
  return out;
}

}  // namespace callboard::workflow
