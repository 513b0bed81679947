#include "deploy/cli/terminal.hpp"

#include <gtest/gtest.h>

namespace callboard::cli {
namespace {

TEST(Table, HasColumnsAsWideAsTheirWidestCell) {
  EXPECT_EQ(format_table({"NAME", "STEPS"}, {{"a", "1"}, {"größer", "22"}}),
            "NAME    STEPS\n"
            "a       1\n"
            "größer  22\n");
}

TEST(CutTo, CountsCharactersAndNotEscapes) {
  EXPECT_EQ(cut_to("größer", 3), "grö");
  EXPECT_EQ(cut_to("abc", 10), "abc");
  EXPECT_EQ(cut_to(paint("abcdef", Colour::red, true), 3), "\x1b[31mabc\x1b[0m");
  EXPECT_EQ(shown_width(paint("abc", Colour::green, true)), 3u);
}

TEST(Paint, LeavesTextAloneWithoutColour) { EXPECT_EQ(paint("abc", Colour::red, false), "abc"); }

}  // namespace
}  // namespace callboard::cli
