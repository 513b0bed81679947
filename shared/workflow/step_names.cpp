#include <algorithm>

#include "shared/workflow/path.hpp"
#include "shared/workflow/shape.hpp"
#include "shared/workflow/slug.hpp"
#include "shared/workflow/steps.hpp"

namespace callboard::workflow {
namespace {

constexpr std::size_t kMostKeyBytes = 63;
constexpr std::string_view kBetween = "--";
constexpr std::string_view kGiven = "with";

/// The key itself, or with a number behind it where it is taken.
std::string free_key(const std::string& wanted, const StepNames& names) {
  std::string key = wanted;
  for (int n = 2; names.index.contains(key); ++n) {
    const std::string suffix = "-" + std::to_string(n);
    key = wanted.substr(0, kMostKeyBytes - suffix.size()) + suffix;
  }
  return key;
}

std::size_t count_before_finally(const std::vector<ListedStep>& steps) {
  const auto first = std::ranges::find(steps, ListedStep::Kind::finally, &ListedStep::kind);
  return static_cast<std::size_t>(first - steps.begin());
}

/// Names the steps of a file, and those of groups where they are used.
class Namer {
 public:
  Namer(const ListedSteps& listed, StepNames& names, Problems& problems)
      : listed_(listed), steps_(listed.steps), names_(names), problems_(problems) {}

  void name() {
    add_written_keys(0);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const ListedStep& step = steps_[i];
      if (step.part == run::GroupPart::begin) {
        open_scope(i);
      } else if (names_.keys[i].empty()) {
        const std::string& prefix = scope_of(i).prefix;
        const std::string key = free_key(prefix + wanted_key(i), names_);
        add(i, key.substr(prefix.size()), key, step.node->at);
      }
    }
  }

 private:
  StepNames::Scope& scope_of(std::size_t place) { return names_.scopes[steps_[place].scope]; }

  /// Where one step uses a group: the names of its steps begin with that step's.
  void open_scope(std::size_t begin) {
    const std::size_t number = steps_[begin].opens;
    const StepScope& scope = listed_.scopes[number];
    StepNames::Scope& names = names_.scopes[number];
    names.prefix = names_.keys[scope.end] + std::string(kBetween);
    names.given = names.prefix + std::string(kGiven);
    names_.keys[begin] = names.given;
    const ListedStep& use = steps_[begin];
    if (names.given.size() > kMostKeyBytes) {
      const std::size_t most = kMostKeyBytes - kBetween.size() - kGiven.size();
      problems_.add(use.node->at, path_of(use.path, "key"),
                    "found a key of " + std::to_string(names_.keys[scope.end].size()) +
                        " characters, expected at most " + std::to_string(most) +
                        " of a step that uses a group: the keys of its steps begin with it");
    }
    if (!names_.index.emplace(names.given, static_cast<run::StepIndex>(begin)).second)
      refuse_double(names.given, use.node->at, use.path, names_.index.at(names.given));
    add_written_keys(number);
  }

  /// A key that is written stands for itself, whatever the names of steps before it are slugged into.
  void add_written_keys(std::size_t scope) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const ListedStep& step = steps_[i];
      const bool is_begin = step.part == run::GroupPart::begin;
      const Node* key = step.scope == scope && !is_begin ? step.node->find_text("key") : nullptr;
      if (key == nullptr) continue;
      const Path step_path = step.path;
      const Path path = step_path.under("key");
      if (!is_step_key(key->text)) {
        problems_.add(key->at, path,
                      "found " + describe(*key) +
                          ", expected a letter or _, then letters, digits, _ and -, at most 63");
      } else if (scope != 0 && key->text == kGiven) {
        problems_.add(key->at, path, "found the key 'with', which names what the group is given");
        continue;
      }
      add(i, key->text, names_.scopes[scope].prefix + key->text, key->at);
    }
  }

  void add(std::size_t place, const std::string& local, const std::string& key, Position at) {
    const ListedStep& step = steps_[place];
    StepNames::Scope& scope = scope_of(place);
    names_.keys[place] = key;
    if (step.scope != 0) {
      const std::string path = step.node->find("key") != nullptr ? path_of(step.path, "key") : step.path;
      if (scope.given.size() <= kMostKeyBytes)
        check_length(key, at, path, listed_.scopes[step.scope].use_path);
    }
    scope.known.push_back(local);
    scope.index.emplace(local, static_cast<run::StepIndex>(place));
    const auto [stands, is_new] = names_.index.emplace(key, static_cast<run::StepIndex>(place));
    if (is_new) return;
    const bool is_own = steps_[stands->second].scope == step.scope;
    refuse_double(is_own ? local : key, at, path_of(step.path, "key"), stands->second);
  }

  void refuse_double(const std::string& key, Position at, const std::string& path, run::StepIndex stands) {
    problems_.add(at, path, "the key '" + key + "' stands already at " + steps_[stands].path);
  }

  void check_length(const std::string& key, Position at, const std::string& path, const std::string& use) {
    if (key.size() <= kMostKeyBytes) return;
    problems_.add(at, path,
                  "where " + use + " uses the group this step is '" + key + "', which has " +
                      std::to_string(key.size()) + " characters, expected at most " +
                      std::to_string(kMostKeyBytes) + ": shorten its key, or that of " + use);
  }

  std::string wanted_key(std::size_t place) const {
    const ListedStep& step = steps_[place];
    if (step.kind == ListedStep::Kind::undo) {
      const std::size_t prefix = names_.scopes[step.scope].prefix.size();
      return ("undo-" + names_.keys[step.undoes].substr(prefix)).substr(0, kMostKeyBytes - prefix);
    }
    const Node* name = step.node->find_text("name");
    const std::string slug = name == nullptr ? std::string() : step_key_of(name->text);
    if (!slug.empty()) return slug;
    if (step.kind == ListedStep::Kind::finally && step.scope == 0)
      return "finally-" + std::to_string(place + 1 - count_before_finally(steps_));
    const std::size_t before = step.scope == 0 ? 0 : listed_.scopes[step.scope].begin + std::size_t{1};
    return "step-" + std::to_string(place + 1 - before);
  }

  const ListedSteps& listed_;
  const std::vector<ListedStep>& steps_;
  StepNames& names_;
  Problems& problems_;
};

}  // namespace

StepNames name_steps(const ListedSteps& listed, Problems& problems) {
  StepNames names;
  names.mains = count_main(listed.steps);
  names.numbered = static_cast<std::size_t>(std::ranges::count_if(listed.steps, [](const ListedStep& step) {
    return step.kind == ListedStep::Kind::main && step.scope == 0 && step.part != run::GroupPart::begin;
  }));
  names.keys.resize(listed.steps.size());
  names.scopes.resize(listed.scopes.size());
  for (std::size_t i = 0; i < listed.scopes.size(); ++i) {
    const Node* const of = listed.scopes[i].node;
    const Node* const inputs = of == nullptr ? nullptr : of->find_map("inputs");
    if (inputs == nullptr) continue;
    for (const Node& input : inputs->children) names.scopes[i].inputs.push_back(input.key);
  }
  Namer(listed, names, problems).name();
  return names;
}

}  // namespace callboard::workflow
