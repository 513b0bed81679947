#include "shared/expression/coercion.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "shared/expression/expression.hpp"
#include "shared/value/write.hpp"

namespace callboard::expression {
namespace {

TEST(NumberOfText, ReadsWhatActionsReads) {
  EXPECT_EQ(number_of_text("42"), Value(42));
  EXPECT_EQ(number_of_text(" -7 "), Value(-7));
  EXPECT_EQ(number_of_text("+7"), Value(7));
  EXPECT_EQ(number_of_text(""), Value(0));
  EXPECT_EQ(number_of_text("   "), Value(0));
  EXPECT_EQ(number_of_text("\u00a01\u3000"), Value(1));
  EXPECT_EQ(number_of_text("0xff"), Value(255));
  EXPECT_EQ(number_of_text("0o17"), Value(15));
  EXPECT_EQ(number_of_text("1.5"), Value(1.5));
  EXPECT_EQ(number_of_text(".5"), Value(0.5));
  EXPECT_EQ(number_of_text("-2.5e3"), Value(-2500.0));
  EXPECT_EQ(number_of_text("Infinity"), Value(HUGE_VAL));
  EXPECT_EQ(number_of_text("-Infinity"), Value(-HUGE_VAL));
  EXPECT_EQ(number_of_text("1e999"), Value(HUGE_VAL));
  EXPECT_EQ(number_of_text("1e-999"), Value(0.0));
}

TEST(NumberOfText, KeepsEveryDigitUpTo64Bits) {
  EXPECT_EQ(number_of_text("9223372036854775807"), Value(INT64_MAX));
  EXPECT_EQ(number_of_text("9223372036854775808"), Value(std::uint64_t{1} << 63));
  EXPECT_EQ(number_of_text("18446744073709551615"), Value(UINT64_MAX));
  EXPECT_EQ(number_of_text("-9223372036854775808"), Value(INT64_MIN));
  EXPECT_TRUE(number_of_text("18446744073709551616").is_double());
  EXPECT_TRUE(number_of_text("-9223372036854775809").is_double());
  EXPECT_TRUE(std::signbit(number_of_text("-0").get_double()));
}

TEST(NumberOfText, GivesNaNForAnythingElse) {
  for (const char* text :
       {"abc", "1a", "1 2", "0x", "0xg", "0x-1", "--1", "+-1", "inf", "nan", "1e", "-", ".", "e5"}) {
    const Value number = number_of_text(text);
    ASSERT_TRUE(number.is_double()) << text;
    EXPECT_TRUE(std::isnan(number.get_double())) << text;
  }
}

TEST(ToText, WritesNumbersAsActionsDoes) {
  EXPECT_EQ(to_text(Value(1.0)), "1");
  EXPECT_EQ(to_text(Value(-0.0)), "0");
  EXPECT_EQ(to_text(Value(0.1)), "0.1");
  EXPECT_EQ(to_text(Value(1e21)), "1E+21");
  EXPECT_EQ(to_text(Value(1e-7)), "1E-07");
  EXPECT_EQ(to_text(Value(std::nan(""))), "NaN");
  EXPECT_EQ(to_text(Value(-HUGE_VAL)), "-Infinity");
}

TEST(ToText, KeepsEveryDigitOfAnInteger) {
  EXPECT_EQ(to_text(Value(9007199254740993)), "9007199254740993");
  EXPECT_EQ(to_text(Value(UINT64_MAX)), "18446744073709551615");
}

TEST(ToText, NamesWhatHasNoText) {
  EXPECT_EQ(to_text(Value(nullptr)), "");
  EXPECT_EQ(to_text(Value(true)), "true");
  EXPECT_EQ(to_text(Value(Array{1, 2})), "Array");
  EXPECT_EQ(to_text(Value(Object{})), "Object");
}

TEST(IsTrue, FollowsActions) {
  for (const Value& value :
       {Value(false), Value(0), Value(-0.0), Value(std::nan("")), Value(""), Value(nullptr)}) {
    EXPECT_FALSE(is_true(value)) << write_json(value);
  }
  for (const Value& value :
       {Value(true), Value(1), Value(-1), Value("false"), Value("0"), Value(Array{}), Value(Object{})}) {
    EXPECT_TRUE(is_true(value)) << write_json(value);
  }
}

TEST(LooseEquality, ComparesDifferentKindsAsNumbers) {
  EXPECT_TRUE(is_loosely_equal(Value("1"), Value(1)));
  EXPECT_TRUE(is_loosely_equal(Value(true), Value("1")));
  EXPECT_TRUE(is_loosely_equal(Value(nullptr), Value(0)));
  EXPECT_TRUE(is_loosely_equal(Value(nullptr), Value("")));
  EXPECT_TRUE(is_loosely_equal(Value(nullptr), Value(false)));
  EXPECT_FALSE(is_loosely_equal(Value("true"), Value(true)));
  EXPECT_FALSE(is_loosely_equal(Value("abc"), Value(0)));
}

TEST(LooseEquality, TakesTextWithoutCase) {
  EXPECT_TRUE(is_loosely_equal(Value("Main"), Value("mAIN")));
  EXPECT_FALSE(is_loosely_equal(Value("main"), Value("maine")));
}

TEST(LooseEquality, OfArraysAndObjectsIsIdentity) {
  const Value one(Array{1});
  const Value other(Array{1});
  EXPECT_TRUE(is_loosely_equal(one, one));
  EXPECT_FALSE(is_loosely_equal(one, other));
  EXPECT_FALSE(is_loosely_equal(one, Value(nullptr)));
}

TEST(LooseEquality, OfNaNNeverHolds) {
  const Value nan(std::nan(""));
  EXPECT_FALSE(is_loosely_equal(nan, nan));
}

TEST(CompareLoosely, IsExactBeyondWhatADoubleHolds) {
  EXPECT_TRUE(compare_loosely(Value(9007199254740992), Value(9007199254740993)) < 0);
  EXPECT_TRUE(compare_loosely(Value(INT64_MAX), Value(std::uint64_t{1} << 63)) < 0);
  EXPECT_TRUE(compare_loosely(Value(UINT64_MAX), Value(-1)) > 0);
  EXPECT_TRUE(compare_loosely(Value(UINT64_MAX), Value(18446744073709551616.0)) < 0);
  EXPECT_TRUE(compare_loosely(Value(9007199254740993), Value(9007199254740992.0)) > 0);
  EXPECT_TRUE(compare_loosely(Value(std::uint64_t{1}), Value(1.0)) == 0);
}

TEST(CompareLoosely, OrdersTextWithoutCase) {
  EXPECT_TRUE(compare_loosely(Value("a"), Value("B")) < 0);
  EXPECT_TRUE(compare_loosely(Value("b"), Value("A")) > 0);
}

TEST(CompareLoosely, HasNoOrderForNaNAndCompounds) {
  EXPECT_TRUE(compare_loosely(Value("x"), Value(1)) == std::partial_ordering::unordered);
  EXPECT_TRUE(compare_loosely(Value(Array{}), Value(1)) == std::partial_ordering::unordered);
}

}  // namespace
}  // namespace callboard::expression
