#include "shared/expression/constant_calls.hpp"

#include <gtest/gtest.h>

namespace callboard::expression {
namespace {

std::string fault_of(std::string_view source) {
  const auto fault = find_constant_fault(*parse_expression(source));
  return fault ? std::to_string(fault->column) + " " + fault->message : "none";
}

TEST(ConstantCalls, AreRefusedByWhatIsWrittenAlone) {
  EXPECT_TRUE(fault_of("event.a && fromJSON('{')").starts_with("12 fromJSON(): not JSON"))
      << fault_of("fromJSON('{')");
  EXPECT_EQ(fault_of("format('{0} {1}', event.a)"), "1 format(): \"{0} {1}\" asks for {1}, and 1 are given");
  EXPECT_EQ(fault_of("length(12)"), "1 length() is of a text, a list or an object; found 12");
  EXPECT_EQ(fault_of("case(event.a, 1, 'yes', 2, 3)"),
            "1 case(): a condition is neither true nor false: yes");
}

TEST(ConstantCalls, PassWhereWhatIsReadDecides) {
  EXPECT_EQ(fault_of("fromJSON(event.a)"), "none");
  EXPECT_EQ(fault_of("format('{0}', fromJSON(event.a))"), "none");
  EXPECT_EQ(fault_of("format(event.a, 1)"), "none");
  EXPECT_EQ(fault_of("length(event.a) > length('abc')"), "none");
  EXPECT_EQ(fault_of("case(event.a == 1, 'one', true, 'two', 'three')"), "none");
  EXPECT_EQ(fault_of("fromJSON('[1, 2]')"), "none");
}

}  // namespace
}  // namespace callboard::expression
