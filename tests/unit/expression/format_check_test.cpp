#include "shared/expression/format_check.hpp"

#include <gtest/gtest.h>

namespace callboard::expression {
namespace {

std::string fault_of(std::string_view source) {
  const auto fault = find_format_fault(*parse_expression(source));
  return fault ? std::to_string(fault->column) + " " + fault->message : "none";
}

TEST(FormatCheck, RefusesAFormatThatAsksForMoreThanIsGiven) {
  EXPECT_EQ(fault_of("event.b && format('{0} {1}', event.a)"),
            "12 format(): \"{0} {1}\" asks for {1}, and 1 are given");
  EXPECT_TRUE(
      fault_of("format('{0', event.a)").starts_with("1 format(): \"{0\" has a brace that stands alone"));
}

TEST(FormatCheck, TakesWhatOnlyTheContextsDecide) {
  EXPECT_EQ(fault_of("format('{0}{0} {{x}}', fromJSON(event.a))"), "none");
  EXPECT_EQ(fault_of("format(event.a, 1)"), "none");
  EXPECT_EQ(fault_of("fromJSON('{')"), "none");
}

}  // namespace
}  // namespace callboard::expression
