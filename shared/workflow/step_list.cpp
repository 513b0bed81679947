#include "shared/workflow/step_list.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {
namespace {

using Kind = ListedStep::Kind;
using run::StepIndex;

void add_list(const Node& root, const std::string& path, std::string_view field, Kind kind, std::size_t scope,
              std::vector<ListedStep>& out) {
  const Node* list = root.find_list(field);
  if (list == nullptr) return;
  const bool in_file_order = std::ranges::none_of(list->children, [](const Node& step) {
    return step.find("key") != nullptr || step.find("dependsOn") != nullptr;
  });
  const std::string list_path = path_of(path, field);
  out.reserve(out.size() + list->children.size());
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    const bool follows = in_file_order && i > 0;
    out.push_back({.node = &list->children[i],
                   .path = path_of(list_path, i),
                   .kind = kind,
                   .behind = follows ? static_cast<StepIndex>(out.size() - 1) : run::kNoStep,
                   .scope = scope});
  }
}

/// Puts the steps of groups behind those that use them.
class Expander {
 public:
  Expander(const Node& root, ListedSteps& out, Problems& problems)
      : groups_(root.find_map("groups")), out_(out), problems_(problems) {}

  /// Those from place `first` on, and the steps of their groups.
  void expand(std::size_t first) {
    for (std::size_t i = first; i < out_.steps.size() && out_.steps.size() <= limits::kSteps; ++i) {
      if (out_.steps[i].part != run::GroupPart::none) continue;
      if (const Node* uses = out_.steps[i].node->find_text("uses")) expand_one(i, *uses);
    }
  }

 private:
  void expand_one(std::size_t place, const Node& uses) {
    ListedStep& use = out_.steps[place];
    const auto end = static_cast<StepIndex>(place);
    const Node* group = find_group(use, uses);
    StepScope scope{.above = use.scope,
                    .group = uses.text,
                    .node = group,
                    .use = use.node,
                    .use_path = use.path,
                    .begin = static_cast<StepIndex>(out_.steps.size()),
                    .end = end};
    const std::size_t number = out_.scopes.size();
    const Kind kind = use.kind;
    out_.scopes.push_back(std::move(scope));
    use.part = run::GroupPart::end;
    use.opens = number;
    ListedStep begin = use;
    begin.part = run::GroupPart::begin;
    use.behind = run::kNoStep;
    out_.steps.push_back(std::move(begin));
    if (group != nullptr) add_list(*group, path_of("groups", uses.text), "steps", kind, number, out_.steps);
  }

  std::string remedy(std::string_view name) const {
    if (name.contains('@') || name.starts_with("./"))
      return ": uses names one of the file's `groups`; in place of an action write a step, such as type: "
             "shell";
    if (groups_ == nullptr) return ": the file has no `groups`";
    std::vector<std::string_view> known;
    known.reserve(groups_->children.size());
    for (const Node& group : groups_->children) known.push_back(group.key);
    return suggestion(name, known);
  }

  const Node* find_group(const ListedStep& use, const Node& uses) {
    const Node* group = groups_ == nullptr ? nullptr : groups_->find_map(uses.text);
    const std::string path = path_of(use.path, "uses");
    if (group == nullptr) {
      problems_.add(uses.at, path, "there is no group '" + uses.text + "'" + remedy(uses.text));
      return nullptr;
    }
    std::string chain = uses.text;
    std::size_t depth = 1;
    for (std::size_t at = use.scope; at != 0; at = out_.scopes[at].above, ++depth) {
      chain = out_.scopes[at].group + " -> " + chain;
      if (out_.scopes[at].group != uses.text) continue;
      problems_.add(uses.at, path, "a group can't use itself: " + chain);
      return nullptr;
    }
    if (depth <= limits::kGroupNesting) return group;
    problems_.add(uses.at, path,
                  "found groups that nest " + std::to_string(depth) + " deep, expected at most " +
                      std::to_string(limits::kGroupNesting));
    return nullptr;
  }

  const Node* groups_;
  ListedSteps& out_;
  Problems& problems_;
};

/// Those that nothing of the same range depends on.
std::vector<StepIndex> find_last(const std::vector<run::Step>& steps, StepIndex from, StepIndex until) {
  std::vector<bool> has_dependent(until, false);
  for (StepIndex step = from; step < until; ++step) {
    for (const StepIndex dependency : steps[step].depends_on) has_dependent[dependency] = true;
  }
  std::vector<StepIndex> out;
  for (StepIndex step = from; step < until; ++step) {
    if (!has_dependent[step]) out.push_back(step);
  }
  return out;
}

void depend_on(run::Step& step, const std::vector<StepIndex>& others) {
  step.depends_on.insert(step.depends_on.end(), others.begin(), others.end());
  std::ranges::sort(step.depends_on);
  const auto doubles = std::ranges::unique(step.depends_on);
  step.depends_on.erase(doubles.begin(), doubles.end());
}

/// The nearest steps below that have an undo, along every path.
void find_undone_below(const std::vector<std::vector<StepIndex>>& dependents,
                       const std::vector<run::Step>& steps, StepIndex step, std::vector<bool>& seen,
                       std::vector<StepIndex>& out) {
  std::vector<StepIndex> open = dependents[step];
  while (!open.empty()) {
    const StepIndex below = open.back();
    open.pop_back();
    if (seen[below]) continue;
    seen[below] = true;
    if (steps[below].undo != run::kNoStep) {
      out.push_back(steps[below].undo);
    } else {
      open.insert(open.end(), dependents[below].begin(), dependents[below].end());
    }
  }
}

void order_undos(const std::vector<ListedStep>& listed, std::size_t mains, std::vector<run::Step>& steps) {
  std::vector<std::vector<StepIndex>> dependents(mains);
  for (StepIndex step = 0; step < mains; ++step) {
    for (const StepIndex dependency : steps[step].depends_on) dependents[dependency].push_back(step);
  }
  const std::vector<StepIndex> last = find_last(steps, 0, static_cast<StepIndex>(mains));
  for (StepIndex undo = static_cast<StepIndex>(mains); undo < steps.size(); ++undo) {
    if (listed[undo].kind != Kind::undo) break;
    std::vector<StepIndex> before = last;
    std::vector<bool> seen(mains, false);
    find_undone_below(dependents, steps, listed[undo].undoes, seen, before);
    depend_on(steps[undo], before);
  }
}

/// What stands in `finally` itself says whether it runs: a group by its begin, whose steps follow it.
bool may_ask(const ListedStep& listed) { return listed.scope == 0 && listed.part != run::GroupPart::end; }

void add_condition(std::string source, const ListedStep& listed, run::Step& step, Problems& problems) {
  if (step.condition) source += " && (" + step.condition->source() + ")";
  auto parsed = expression::parse_expression(source);
  if (parsed) {
    step.condition = *std::move(parsed);
  } else {
    problems.add(listed.node->at, path_of(listed.path, "if"), parsed.error().message);
  }
}

}  // namespace

ListedSteps list_steps(const Node& root, Problems& problems) {
  ListedSteps listed{.steps = {}, .scopes = std::vector<StepScope>(1)};
  listed.scopes.front().node = &root;
  std::vector<ListedStep>& out = listed.steps;
  Expander expander(root, listed, problems);
  add_list(root, "", "steps", Kind::main, 0, out);
  expander.expand(0);
  const std::size_t mains = out.size();
  for (std::size_t i = 0; i < mains; ++i) {
    const Node* undo = out[i].part == run::GroupPart::none ? out[i].node->find_map("undo") : nullptr;
    if (undo == nullptr) continue;
    out.push_back({.node = undo,
                   .path = path_of(out[i].path, "undo"),
                   .kind = Kind::undo,
                   .undoes = static_cast<StepIndex>(i),
                   .scope = out[i].scope});
  }
  const std::size_t first = out.size();
  add_list(root, "", "finally", Kind::finally, 0, out);
  expander.expand(first);
  return listed;
}

std::size_t count_main(const std::vector<ListedStep>& steps) {
  return static_cast<std::size_t>(std::ranges::count(steps, Kind::main, &ListedStep::kind));
}

void order_ending_steps(const std::vector<ListedStep>& listed, std::vector<run::Step>& steps,
                        Problems& problems) {
  const std::size_t mains = count_main(listed);
  if (mains == listed.size()) return;
  order_undos(listed, mains, steps);
  const auto first =
      static_cast<StepIndex>(std::ranges::find(listed, Kind::finally, &ListedStep::kind) - listed.begin());
  const std::vector<StepIndex> last = find_last(steps, 0, first);
  for (StepIndex step = first; step < steps.size(); ++step) {
    const bool is_behind_another =
        std::ranges::any_of(steps[step].depends_on, [&](StepIndex other) { return other >= first; });
    if (!is_behind_another) depend_on(steps[step], last);
  }
  for (StepIndex step = static_cast<StepIndex>(mains); step < steps.size(); ++step) {
    if (listed[step].kind == Kind::undo) {
      add_condition("(failure() || cancelled())", listed[step], steps[step], problems);
    } else if (may_ask(listed[step]) && !run::asks_status(steps[step])) {
      add_condition("always()", listed[step], steps[step], problems);
    }
  }
}

}  // namespace callboard::workflow
