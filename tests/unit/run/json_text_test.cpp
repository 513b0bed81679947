#include "shared/run/json_text.hpp"

#include <gtest/gtest.h>

#include "shared/value/read.hpp"
#include "tests/support/sim_loop.hpp"

namespace callboard::run {
namespace {

TEST(JsonText, IsAsStrictAsTheReader) {
  for (const char* text :
       {"null", " true ", "-0", "1.5e-3", "13e-7180", "18446744073709551615", "18446744073709551616",
        "-9223372036854775808", "-9223372036854775809", "[12345678901234567890123]", "\"\"",
        R"("\u00e9\ud83d\ude00\n")", "\"\xc3\xa9\"", "[]", "[ 1 , [ ] ]", R"({"a":{"b":[{}]} , "c":1})"}) {
    EXPECT_TRUE(is_json(text)) << text;
    EXPECT_TRUE(read_json(text)) << text;
  }
  for (const char* text :
       {"",      " ",  "nul",    "01",         "1.",          ".5",          "-",        "+1", "1e",
        "1e999", "\"", "\"\n\"", R"("\x")",    R"("\u12")",   R"("\ud83d")", "\"\xff\"", "[",  "[1,]",
        "[1 2]", "{",  "{a:1}",  R"({"a" 1})", R"({"a":1,})", R"({"a":})",   "1 2",      "{}}"}) {
    EXPECT_FALSE(is_json(text)) << text;
    EXPECT_FALSE(read_json(text)) << text;
  }
  EXPECT_TRUE(is_json("[[]]", 2));
  EXPECT_FALSE(is_json("[[[]]]", 2));
}

TEST(JsonText, AgreesWithTheReaderOnDamagedText) {
  test::SimRandom random(1);
  const std::string sound =
      R"({"v":1,"result":{"a":[1,-2.5e3,"x\u00e9\n",null,true],"b":{}},"usage":{"t":12,"e":1.5e308}})";
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = sound;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      const auto at = random.below(text.size());
      if (random.chance(50))
        text.erase(at, 1 + random.below(3));
      else
        text[at] =
            random.chance(70) ? sound[random.below(sound.size())] : static_cast<char>(random.below(256));
    }
    const bool sound_still = read_json(text).has_value();
    accepted += sound_still;
    ASSERT_EQ(is_json(text), sound_still) << text;
  }
  EXPECT_GT(accepted, 100);
}

/// Takes every container apart to its last level: what is left is taken as a value.
void pass_over(JsonReader& reader) {
  std::string_view name;
  if (reader.open_object()) {
    while (reader.next_member(name)) pass_over(reader);
  } else if (reader.open_array()) {
    while (reader.next_item()) pass_over(reader);
  } else {
    reader.take_value();
  }
}

TEST(JsonText, IsCheckedAlikeWhereverItIsTakenApart) {
  test::SimRandom random(2);
  const std::string sound =
      R"({"v":1,"list":[{"type":"a","value":[[],{},"\"]"]},{"at":-1.5e+3,"é":"\ud83d\ude00"}] , "x":{"y":null}} )";
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = sound;
    text.erase(random.below(text.size()), random.below(3));
    const auto at = random.below(text.size());
    if (random.chance(80)) text[at] = sound[random.below(sound.size())];
    JsonReader reader(text, 5);
    pass_over(reader);
    accepted += is_json(text, 5);
    ASSERT_EQ(reader.at_end(), is_json(text, 5)) << text;
  }
  EXPECT_GT(accepted, 100);
}

TEST(JsonText, HasNothingMoreBehindWhatIsWrong) {
  for (const char* text :
       {R"({"a":tru,"b":1})", R"({"a":1 "b":1})", R"({"a":[[[1]]],"b":1})", R"({"a":"\q","b":1})"}) {
    JsonReader reader(text, 3);
    std::string_view name;
    ASSERT_TRUE(reader.open_object());
    ASSERT_TRUE(reader.next_member(name));
    reader.take_value();
    EXPECT_FALSE(reader.next_member(name)) << text;
    EXPECT_TRUE(reader.take_value().empty());
    EXPECT_FALSE(reader.open_array());
    EXPECT_FALSE(reader.at_end());
  }
  JsonReader unfinished(R"({"a":1})");
  ASSERT_TRUE(unfinished.open_object());
  EXPECT_FALSE(unfinished.at_end());
}

TEST(JsonText, IsCutIntoItsMembersAsTheyWereWritten) {
  RawMembers members(R"( { "a" : [1, "}"] ,"b":"x\"y", "c":-1.50 } )");
  std::string_view name;
  std::string_view raw;
  ASSERT_TRUE(members.next(name, raw));
  EXPECT_EQ(name, "a");
  EXPECT_EQ(raw, R"([1, "}"])");
  ASSERT_TRUE(members.next(name, raw));
  EXPECT_EQ(text_of(raw), "x\"y");
  ASSERT_TRUE(members.next(name, raw));
  EXPECT_EQ(raw, "-1.50");
  EXPECT_FALSE(members.next(name, raw));
  EXPECT_FALSE(RawMembers("[1]").next(name, raw));
  EXPECT_FALSE(RawMembers("{}").next(name, raw));

  RawItems items(R"([{"a":[1]},2,"x"])");
  ASSERT_TRUE(items.next(raw));
  EXPECT_EQ(raw, R"({"a":[1]})");
  ASSERT_TRUE(items.next(raw));
  EXPECT_EQ(number_of(raw), 2u);
  ASSERT_TRUE(items.next(raw));
  EXPECT_EQ(text_of(raw), "x");
  EXPECT_FALSE(items.next(raw));
  std::string room;
  EXPECT_EQ(text_of(R"("plain")", room), "plain");
  EXPECT_EQ(room, "");
  EXPECT_EQ(text_of(R"("x\ty")", room), "x\ty");
  EXPECT_FALSE(text_of("1", room));
  EXPECT_FALSE(text_of("1"));
  EXPECT_FALSE(number_of("-1"));
  EXPECT_FALSE(number_of("4294967296"));
}

}  // namespace
}  // namespace callboard::run
