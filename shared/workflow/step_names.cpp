#include <algorithm>

#include "shared/workflow/shape.hpp"
#include "shared/workflow/slug.hpp"
#include "shared/workflow/steps.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kMostKeyBytes = 63;

/// The key itself, or with a number behind it where it is taken.
std::string free_key(const std::string& wanted, const StepNames& names) {
  std::string key = wanted;
  for (int n = 2; names.index.contains(key); ++n) {
    const std::string suffix = "-" + std::to_string(n);
    key = wanted.substr(0, kMostKeyBytes - suffix.size()) + suffix;
  }
  return key;
}

/// A key that is written stands for itself, whatever the names of steps before it are slugged into.
void add_written_keys(const std::vector<ListedStep>& steps, StepNames& names, Problems& problems) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Node* key = steps[i].node->find_text("key");
    if (key == nullptr) continue;
    const std::string path = path_of(steps[i].path, "key");
    if (!is_step_key(key->text)) {
      problems.add(
          key->at, path,
          "found " + describe(*key) + ", expected a letter or _, then letters, digits, _ and -, at most 63");
    }
    const auto [at, is_new] = names.index.emplace(key->text, static_cast<run::StepIndex>(i));
    if (!is_new) {
      problems.add(key->at, path, "the key '" + key->text + "' stands already at " + steps[at->second].path);
    }
    names.keys[i] = key->text;
  }
}

std::size_t count_before_finally(const std::vector<ListedStep>& steps) {
  const auto first = std::ranges::find(steps, ListedStep::Kind::finally, &ListedStep::kind);
  return static_cast<std::size_t>(first - steps.begin());
}

std::string wanted_key(const std::vector<ListedStep>& steps, std::size_t place, const StepNames& names) {
  const ListedStep& step = steps[place];
  if (step.kind == ListedStep::Kind::undo)
    return ("undo-" + names.keys[step.undoes]).substr(0, kMostKeyBytes);
  const Node* name = step.node->find_text("name");
  const std::string slug = name == nullptr ? std::string() : step_key_of(name->text);
  if (!slug.empty()) return slug;
  const bool is_main = step.kind == ListedStep::Kind::main;
  return is_main ? "step-" + std::to_string(place + 1)
                 : "finally-" + std::to_string(place + 1 - count_before_finally(steps));
}

}  // namespace

StepNames name_steps(const std::vector<ListedStep>& steps, Problems& problems) {
  StepNames names;
  names.mains = count_main(steps);
  names.keys.resize(steps.size());
  add_written_keys(steps, names, problems);
  for (std::size_t i = 0; i < names.keys.size(); ++i) {
    if (!names.keys[i].empty()) continue;
    names.keys[i] = free_key(wanted_key(steps, i, names), names);
    names.index.emplace(names.keys[i], static_cast<run::StepIndex>(i));
  }
  return names;
}

}  // namespace callboard::workflow
