#include "shared/value/write.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "shared/value/read.hpp"

namespace callboard {
namespace {

TEST(WriteJson, KeepsTheOrderOfMembers) {
  EXPECT_EQ(write_json(*read_json(R"({ "b": 1, "a": [ ] })")), R"({"b":1,"a":[]})");
}

TEST(WriteJson, WritesNumbersShortestThatReadBack) {
  EXPECT_EQ(write_json(Value(0.1)), "0.1");
  EXPECT_EQ(write_json(Value(1.0)), "1");
  EXPECT_EQ(write_json(Value(1e300)), "1e+300");
  EXPECT_EQ(write_json(Value(std::nan(""))), "null");
  EXPECT_EQ(write_json(Value(HUGE_VAL)), "null");
  for (const double number : {1.0 / 3, 5e-324, 1.7976931348623157e308, 9007199254740993.0, -123456.789}) {
    EXPECT_EQ(read_json(write_json(Value(number)))->to_number<double>(), number);
  }
}

TEST(WriteJson, EscapesWhatMustBe) {
  EXPECT_EQ(write_json(Value("\"\\\n\r\t\b\f\x01\x1f/é")), R"("\"\\\n\r\t\b\f\u0001\u001f/é")");
  EXPECT_EQ(write_json(Value(Object{{"a\"b", 1}})), R"({"a\"b":1})");
}

TEST(WriteJson, RepairsBytesThatAreNoUtf8) {
  EXPECT_EQ(write_json(Value("caf\xe9 \xc0\xaf \xe2\x82")),
            "\"caf\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(write_json(Value(Object{{"\xff", 1}})), "{\"\xef\xbf\xbd\":1}");
}

TEST(WriteCanonical, GivesEqualValuesEqualBytes) {
  EXPECT_EQ(write_canonical(*read_json(R"({"b":{"y":1,"x":2},"a":[{"d":1,"c":2}]})")),
            R"({"a":[{"c":2,"d":1}],"b":{"x":2,"y":1}})");
  EXPECT_EQ(write_canonical(*read_json("[1.0,10e0]")), write_canonical(*read_json("[1,10]")));
}

TEST(WriteCanonical, SortsKeysByBytes) {
  EXPECT_EQ(write_canonical(*read_json(R"({"é":1,"z":2,"Z":3,"":4})")), R"({"":4,"Z":3,"z":2,"é":1})");
}

TEST(WriteJson, ADoubleBeyondSixtyFourBitsReadsBack) {
  const auto value = read_json("-26266666666666622.5e3");
  ASSERT_TRUE(value);
  const auto again = read_json(write_json(*value));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, *value);
}

}  // namespace
}  // namespace callboard
