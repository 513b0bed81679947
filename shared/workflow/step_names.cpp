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
void add_written_keys(const Node& steps, StepNames& names, Problems& problems) {
  for (std::size_t i = 0; i < steps.children.size(); ++i) {
    const Node* key = steps.children[i].find_text("key");
    if (key == nullptr) continue;
    const std::string path = path_of(path_of("steps", i), "key");
    if (!is_step_key(key->text)) {
      problems.add(
          key->at, path,
          "found " + describe(*key) + ", expected a letter or _, then letters, digits, _ and -, at most 63");
    }
    const auto [at, is_new] = names.index.emplace(key->text, static_cast<run::StepIndex>(i));
    if (!is_new) {
      problems.add(key->at, path,
                   "the key '" + key->text + "' stands already at steps[" + std::to_string(at->second) + "]");
    }
    names.keys[i] = key->text;
  }
}

}  // namespace

StepNames name_steps(const Node& root, Problems& problems) {
  StepNames names;
  const Node* steps = root.find_list("steps");
  if (steps == nullptr) return names;
  names.keys.resize(steps->children.size());
  add_written_keys(*steps, names, problems);
  for (std::size_t i = 0; i < names.keys.size(); ++i) {
    if (!names.keys[i].empty()) continue;
    const Node* name = steps->children[i].find_text("name");
    const std::string slug = name == nullptr ? std::string() : step_key_of(name->text);
    names.keys[i] = free_key(slug.empty() ? "step-" + std::to_string(i + 1) : slug, names);
    names.index.emplace(names.keys[i], static_cast<run::StepIndex>(i));
  }
  return names;
}

}  // namespace callboard::workflow
