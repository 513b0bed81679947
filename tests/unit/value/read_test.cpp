#include "shared/value/read.hpp"

#include <gtest/gtest.h>

#include "shared/value/write.hpp"

namespace callboard {
namespace {

TEST(ReadJson, TakesWhatRfc8259Takes) {
  const auto value = read_json(R"( {"a":[1,-2.5e3,true,false,null],"é":"\u00e9\n\ud83d\ude00"} )");
  ASSERT_TRUE(value);
  EXPECT_EQ(write_json(*value), R"({"a":[1,-2500,true,false,null],"é":"é\n😀"})");
}

TEST(ReadJson, RefusesEverythingElse) {
  for (const std::string& text :
       {std::string(""),           std::string(" "),       std::string("{"),
        std::string("{\"a\":1,}"), std::string("[1,]"),    std::string("[1 2]"),
        std::string("'a'"),        std::string("01"),      std::string(".5"),
        std::string("5."),         std::string("+1"),      std::string("NaN"),
        std::string("Infinity"),   std::string("1 2"),     std::string("{} x"),
        std::string("\"\t\""),     std::string("\"\\x\""), std::string("\"\\ud800\""),
        std::string("tru"),        std::string("// x\n1"), std::string("\"caf\xe9\""),
        std::string("{a:1}"),      std::string("1\0", 2),  std::string("\xef\xbb\xbf")}) {
    const auto value = read_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, ErrorCode::invalid) << text;
  }
}

TEST(ReadJson, KeepsIntegersOf64BitsAndRoundsLargerOnes) {
  EXPECT_EQ(write_json(*read_json("[9223372036854775807,-9223372036854775808,18446744073709551615]")),
            "[9223372036854775807,-9223372036854775808,18446744073709551615]");
  for (const auto& [text, number] : std::initializer_list<std::pair<const char*, double>>{
           {"18446744073709551616", 18446744073709551616.0},
           {"-9223372036854775809", -9223372036854775808.0},
           {"12345678901234567890123", 1.2345678901234568e22},
           {"9007199254740993000001", 9.007199254740993e21},
           {"-100000000000000000000000000000000000000000", -1e41}}) {
    const auto value = read_json(text);
    ASSERT_TRUE(value) << text << ": " << value.error().message;
    ASSERT_TRUE(value->is_double()) << text;
    EXPECT_EQ(value->get_double(), number) << text;
    EXPECT_EQ(read_json(write_json(*value)), *value) << text;
  }
  EXPECT_EQ(write_json(*read_json(R"({"12345678901234567890123":["\"99999999999999999999",
      -99999999999999999999,18446744073709551615,-9223372036854775808,1.5e3]})")),
            R"({"12345678901234567890123":["\"99999999999999999999",-1e+20,18446744073709551615,)"
            R"(-9223372036854775808,1500]})")
      << "texts stay, and so do the other numbers";
}

TEST(ReadJson, NamesANumberThatCannotBeRead) {
  const auto message = [](const std::string& text) {
    const auto value = read_json(text);
    return value ? "read" : value.error().message;
  };
  EXPECT_EQ(message("1e400"), "a number beyond the largest double: 1e400 at line 1, column 1");
  EXPECT_EQ(message("{\"a\":\"1e500\",\n \"b\":[-1.5E+309]}"),
            "a number beyond the largest double: -1.5E+309 at line 2, column 7");
  EXPECT_EQ(message("[1" + std::string(400, '0') + "]"),
            "a number beyond the largest double: 1" + std::string(39, '0') + "… at line 1, column 2");
  EXPECT_EQ(message("[12345678901234567890123,01]"), "not JSON: no number: 01 at line 1, column 26");
  EXPECT_EQ(message("[1e-400]"), "read") << "below the smallest is zero";
  for (const char* const text :
       {"[12345678901234567890123,tru]", "[12345678901234567890123", "1e5x", "[1-2]"})
    EXPECT_EQ(message(text).substr(0, 8), "not JSON") << text;
}

TEST(ReadJson, SaysWhereATextIsNoJson) {
  for (const auto& [text, message] : std::initializer_list<std::pair<std::string, const char*>>{
           {"", "1, column 1: the text ends before the value does"},
           {"{\"a\":1,\n \"b\"", "2, column 5: the text ends before the value does"},
           {"[\"a", "1, column 4: the text ends before the value does"},
           {"{\"a\":1,}", "1, column 8: found '}', expected another value, or a key in double quotes"},
           {"[1,\n 2,]", "2, column 4: found ']', expected another value, or a key in double quotes"},
           {"{a: 1}", "1, column 2: found 'a', expected a key in double quotes, or '}'"},
           {"{\"ü\" 1}", "1, column 6: found '1', expected ':', ',' or the end of the list or object"},
           {"{\"a\": 'b'}", "1, column 7: found ''', expected a value"},
           {"[True]", "1, column 2: found 'T', expected a value, or ']'"},
           {"[[] []]", "1, column 5: found '[', expected ',' or the end of the list or object"},
           {"[1 2]", "1, column 4: found '2'"},
           {"\xef\xbb\xbf{}", "1, column 1: found '\\ufeff', expected a value"},
           {"{} x", "1, column 4: found 'x' behind the value, expected the end"},
           {"[\"caf\xe9\"]", "1, column 6: found bytes that are not UTF-8"},
           {"[\"\x01\"]", "1, column 3: found a control character"},
           {"[\"\\u12g4\"]", "1, column 7: expected hex digit"}}) {
    const auto value = read_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().message, std::string("not JSON at line ") + message) << text;
  }
}

TEST(ReadJson, BoundsTheDepth) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_TRUE(read_json(nested(64)));
  EXPECT_EQ(read_json(nested(65)).error().code, ErrorCode::too_large);
  EXPECT_EQ(read_json(nested(100'000)).error().code, ErrorCode::too_large);
  EXPECT_TRUE(read_json(nested(3), 3));
  EXPECT_EQ(read_json(nested(4), 3).error().code, ErrorCode::too_large);
}

TEST(ReadJson, LetsTheLastOfTwoKeysStand) {
  EXPECT_EQ(write_json(*read_json(R"({"a":1,"b":2,"a":3})")), R"({"a":3,"b":2})");
}

TEST(ReadJson, ReadsAgainAfterALargeDocument) {
  const std::string large = "[\"" + std::string(2 * limits::kMiB, 'x') + "\"]";
  EXPECT_TRUE(read_json(large));
  EXPECT_TRUE(read_json("[1]"));
}

TEST(Find, FollowsMembersThatAreThere) {
  const Value value = *read_json(R"({"a":{"b":"text","n":-5,"u":18446744073709551615}})");
  EXPECT_EQ(find_text(find(&value, "a"), "b"), "text");
  EXPECT_EQ(find_text(find(&value, "x"), "b", "none"), "none");
  EXPECT_EQ(find_text(find(&value, "a"), "n", "none"), "none");
  EXPECT_EQ(find_int(find(&value, "a"), "n"), -5);
  EXPECT_EQ(find_int(find(&value, "a"), "u", 7), 7);
  EXPECT_EQ(find(nullptr, "a"), nullptr);
  EXPECT_EQ(find(find(find(&value, "a"), "b"), "c"), nullptr);
}

}  // namespace
}  // namespace callboard
