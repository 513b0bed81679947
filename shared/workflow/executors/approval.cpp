#include <array>
#include <set>

#include "shared/workflow/executors/registry.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

constexpr Shape kName = {.kind = Shape::Kind::text};
constexpr std::array kOutcomes = {"fail"sv, "continue"sv};

constexpr std::array kParameters = {
    Field{"approvers",
          {.kind = Shape::Kind::list, .item = &kName},
          "Who may approve or reject, by name; anybody if not given."},
    Field{"count",
          {.kind = Shape::Kind::integer, .least = 1, .most = 100},
          "How many of them must approve; 1 if not given. One rejection is enough."},
    Field{"message", {.kind = Shape::Kind::text}, "What they are asked, for people."},
    Field{"onReject",
          {.kind = Shape::Kind::text, .values = kOutcomes},
          "fail: the step fails with class auth (the default); continue: its result has approved: false."},
    Field{"onTimeout",
          {.kind = Shape::Kind::text, .values = kOutcomes},
          "fail: the step fails with class timeout (the default); continue: its result has timedOut: true."},
};

/// Each approves once.
void check(const Node& params, const std::string& path, Problems& problems) {
  const Node* const approvers = params.find_list("approvers");
  if (approvers == nullptr || has_expression(*approvers)) return;
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < approvers->children.size(); ++i) {
    const Node& name = approvers->children[i];
    if (name.is_text() && !names.insert(name.text).second)
      problems.add(name.at, path_of(path_of(path, "approvers"), i), "'" + name.text + "' stands there twice");
  }
  const Node* const count = params.find("count");
  if (count == nullptr || count->kind != Node::Kind::number || names.empty()) return;
  if (count->scalar.to_number<double>() <= static_cast<double>(names.size())) return;
  problems.add(count->at, path_of(path, "count"),
               "found " + describe(*count) + ", expected at most " + std::to_string(names.size()) +
                   ": each of the approvers approves once");
}

}  // namespace

const Description kApproval = {
    .name = "approval",
    .summary =
        "Waits until people approve or one rejects, held by the dispatcher; `timeout` bounds it. Its "
        "result is {approved, by, comment?}, or {timedOut: true}.",
    .parameters = kParameters,
    .check = check,
    .timeout = limits::kRunTimeout,
    .held = true,
};

}  // namespace callboard::workflow
