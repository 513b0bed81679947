#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/run/graph.hpp"
#include "shared/workflow/step_list.hpp"
#include "shared/workflow/tree.hpp"

/// Groups of steps, as a file has them and as steps use them.
namespace callboard::workflow {

/// Whether a field may stand beside `uses`.
bool goes_with_uses(std::string_view field);
/// Problems: what does not go with `uses`, and `with` without it.
void check_use(const Node& step, const std::string& path, Problems& problems);

/// What a step gives to the group that it uses.
struct Given {
  Node values;                     // `with`, and the defaults of inputs that it does not name
  std::vector<TypedMember> types;  // of these
};
/// Problems: inputs that the group does not have, that it requires and that are missing, and values that are
/// not what it takes, as far as they stand there.
Given read_given(const StepScope& scope, Problems& problems);

/// The order that follows from groups: the steps of one begin behind its begin, and its end behind them. For
/// steps whose own dependencies are known.
void order_groups(const ListedSteps& listed, std::vector<run::Step>& steps);

/// A file that uses each group of `root` that it does not use itself; nothing where there is none.
std::optional<Node> use_others(const Node& root, const ListedSteps& listed);

}  // namespace callboard::workflow
