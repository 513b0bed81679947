#include "shared/workflow/actions_words.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "shared/base/text.hpp"
#include "shared/workflow/field_values.hpp"
#include "shared/workflow/fields.hpp"
#include "shared/workflow/known_events.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

struct Word {
  std::string_view word;
  std::string_view beside;  // only in maps that may have this field
  std::string_view remedy;
};

constexpr std::array kWords = {
    Word{"needs", "dependsOn", "write dependsOn"},
    Word{"runs-on", "runsOn", "write runsOn"},
    Word{"timeout-minutes", "timeout", "write timeout, with a unit: 10m"},
    Word{"continue-on-error", "continueOnError", "write continueOnError"},
    Word{"id", "dependsOn", "write key"},
    Word{"run", "params", "write type: shell, and the script as run in its params"},
    Word{"shell", "params", "write type: shell, and a script as run, or a program as argv, in its params"},
    Word{"working-directory", "params", "write cwd in the params of a shell step"},
    Word{"working-directory", "cwd", "write cwd"},
    Word{"env", "params", "write env in the params of a shell step"},
    Word{"env", "steps",
         "write env in the params of a shell step; values for several steps are inputs or vars"},
    Word{"with", "params", "write params"},
    Word{"jobs", "steps", "write all steps in one list, steps; dependsOn says which wait for which"},
    Word{"permissions", "steps", "leave it out: a step may do what the secrets in its params may"},
    Word{"permissions", "params", "leave it out: a step may do what the secrets in its params may"},
    Word{"strategy", "forEach", "write forEach, the list of a matrix, and maxParallel"},
    Word{"matrix", "forEach", "write forEach, and item where matrix stood"},
    Word{"cancel-in-progress", "onExcess", "write onExcess: replace"},
    Word{"max-parallel", "maxParallel", "write maxParallel"},
    Word{"fail-fast", "maxParallel", "leave it out: the items of forEach go on when one fails"},
    Word{"workflow_dispatch", "manual", "write on: {manual: true}, and inputs beside on"},
    Word{"workflow_call", "manual",
         "leave it out: a step of another workflow starts it with type: workflow; inputs stand beside on"},
    Word{"repository_dispatch", "manual", "write on: {webhook: {path: …}}"},
    Word{"workflow_run", "manual",
         "write on: {workflow: [name.completed]}, or of GitHub Actions' runs {github: "
         "[workflow_run.completed]}"},
    Word{"pull_request_target", "manual", "write on: {github: [pull_request]}"},
};

bool has(std::span<const Field> fields, std::string_view name) {
  return std::ranges::find(fields, name, &Field::name) != fields.end();
}

std::string find_word(std::string_view word, std::span<const Field> fields) {
  const auto found = std::ranges::find_if(
      kWords, [&](const Word& one) { return one.word == word && has(fields, one.beside); });
  return found == kWords.end() ? std::string() : std::string(found->remedy);
}

/// Of `on`, which takes events of several sources.
bool is_on(std::span<const Field> fields) { return has(fields, kGitHub) && has(fields, kSchedule); }

/// Of GitHub's events with filters.
bool is_trigger(std::span<const Field> fields) { return has(fields, "branches") && has(fields, "events"); }

/// events: pull_request beside types: [opened] are events: [pull_request.opened].
std::string remedy_for_types(const Node& map) {
  const auto events = find_texts(map, "events");
  const auto actions = find_texts(map, "types");
  if (events.size() != 1 || events[0]->text.contains('.') || actions.empty())
    return "write the actions behind the events' names: events: [pull_request.opened]";
  std::string names;
  for (const Node* action : actions)
    names += (names.empty() ? "" : ", ") + events[0]->text + "." + action->text;
  return "write events: [" + names + "]";
}

bool is_near_a_field(std::string_view word, std::span<const Field> fields) {
  std::vector<std::string_view> names;
  for (const Field& field : fields) names.push_back(field.name);
  return !nearest_name(word, names).empty();
}

}  // namespace

std::string remedy_for_field(const Node& field, const Node& map, std::span<const Field> fields) {
  if (std::string remedy = find_word(field.key, fields); !remedy.empty()) return remedy;
  if (is_trigger(fields) && field.key == "types") return remedy_for_types(map);
  if (!is_github_event(field.key.substr(0, field.key.find('.')))) return {};
  if (is_trigger(fields))
    return is_near_a_field(field.key, fields) ? std::string() : "write events: [" + field.key + "]";
  if (!is_on(fields)) return {};
  const bool has_filters = field.is_map() && !field.children.empty();
  return has_filters ? "write on: {github: {events: " + field.key + ", …}}"
                     : "write on: {github: [" + field.key + "]}";
}

std::string remedy_for_value(const Node& value, std::span<const Field> fields) {
  if (!is_on(fields)) return {};
  const std::span<const Node> names = value.is_list() ? std::span(value.children) : std::span(&value, 1);
  std::string events;
  bool is_manual = false;
  for (const Node& name : names) {
    if (!name.is_text()) continue;
    is_manual |= name.text == "manual" || name.text == "workflow_dispatch";
    const bool is_event = is_github_event(name.text.substr(0, name.text.find('.')));
    if (is_event && find_word(name.text, fields).empty()) events += (events.empty() ? "" : ", ") + name.text;
  }
  if (!events.empty()) return "write on: {github: [" + events + "]" + (is_manual ? ", manual: true}" : "}");
  if (is_manual) return "write on: {manual: true}, and inputs beside on";
  return names.size() == 1 && names[0].is_text() ? find_word(names[0].text, fields) : std::string();
}

}  // namespace callboard::workflow
