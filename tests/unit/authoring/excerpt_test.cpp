#include "deploy/authoring/excerpt.hpp"

#include <gtest/gtest.h>

#include "shared/workflow/compile.hpp"

namespace callboard::authoring {
namespace {

std::string shown(std::string_view text) {
  const auto out = workflow::compile(text);
  return out ? "" : show_problems(out.error(), "w.yaml", text);
}

TEST(Excerpt, ShowsTheLineAndTheColumn) {
  EXPECT_EQ(shown("name: w\nsteps:\n  - {key: a, type: ehco}\n"),
            "w.yaml:3:20: steps[0].type: unknown executor 'ehco': did you mean 'echo'?\n"
            "  3 |   - {key: a, type: ehco}\n"
            "    |                    ^\n");
}

TEST(Excerpt, CountsWhatIsShownInsteadOfControlCharacters) {
  const std::string out = show_problems({{1, 5, "", "x"}}, "w", "ä\x1b\tb, c");
  EXPECT_EQ(out, "w:1:5: x\n  1 | ä\\x1b b, c\n    |        ^\n");
}

TEST(Excerpt, CutsLongLinesAroundThePlace) {
  const std::string out =
      show_problems({{1, 300, "", "x"}}, "w", std::string(299, 'a') + "!" + std::string(300, 'b'));
  const std::size_t mark = out.find('!') - out.find('\n');
  EXPECT_LT(out.size(), 400u);
  const std::size_t second = out.find('\n', out.find('\n') + 1);
  EXPECT_EQ(out.find('^') - second, mark - 2) << "… takes three bytes and one column\n" << out;
}

TEST(Excerpt, APlaceBehindTheEndHasNoLine) {
  EXPECT_EQ(show_problems({{9, 1, "", "x"}}, "w", "a\n"), "w:9:1: x\n");
  EXPECT_EQ(show_problems({{1, 9, "", "x"}}, "w", "a\r\n"), "w:1:9: x\n  1 | a\n    |  ^\n");
}

}  // namespace
}  // namespace callboard::authoring
