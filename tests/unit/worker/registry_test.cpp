#include "shared/workflow/executors/registry.hpp"

#include <set>

#include "tests/unit/worker/step_rig.hpp"

namespace callboard::test {
namespace {

class RegistryTest : public StepTest {};

TEST_F(RegistryTest, EveryDescriptionHasItsCodeAndTheOtherWayRound) {
  std::set<std::string_view> described;
  for (const workflow::Description* description : workflow::executors()) {
    if (!description->held) described.insert(description->name);
  }
  const auto names = executors().names();

  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()), described);
}

}  // namespace
}  // namespace callboard::test
