#include "shared/base/text.hpp"

#include <gtest/gtest.h>

#include <array>

#include "shared/base/plain_prefix.hpp"

namespace callboard {
namespace {

TEST(Printable, ShowsWhatWouldDriveATerminal) {
  EXPECT_EQ(printable("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(printable("a\rb\nc\td"), "a\\x0db\\x0ac\td");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m")
      << "CSI as one character";
  EXPECT_EQ(printable("x\xe2\x80\xaey"), "x\\u202ey") << "right-to-left override";
  EXPECT_EQ(printable("\x7f"), "\\x7f");
}

TEST(Printable, KeepsNewlinesWhereAsked) { EXPECT_EQ(printable("a\nb\r", true), "a\nb\\x0d"); }

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("caf\xe9!"), "caf\\xe9!");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut short";
}

TEST(Printable, LeavesTextOfAnyLanguage) { EXPECT_EQ(printable("é 漢字 😀"), "é 漢字 😀"); }

TEST(NearestName, FindsATypo) {
  constexpr std::array<std::string_view, 4> kKnown{"timeout", "retry", "env", "if"};
  EXPECT_EQ(nearest_name("tiemout", kKnown), "timeout") << "two letters swapped";
  EXPECT_EQ(nearest_name("retri", kKnown), "retry");
  EXPECT_EQ(nearest_name("evn", kKnown), "env");
  EXPECT_EQ(nearest_name("i", kKnown), "if");
}

TEST(NearestName, FindsNothingThatIsFarAway) {
  constexpr std::array<std::string_view, 2> kKnown{"timeout", "retry"};
  EXPECT_EQ(nearest_name("schedule", kKnown), "");
  EXPECT_EQ(nearest_name(std::string(1'000, 'x'), kKnown), "");
  EXPECT_EQ(nearest_name("x", {}), "");
}

TEST(Utf8Prefix, EndsBeforeTheFirstBadByte) {
  EXPECT_EQ(utf8_prefix("aé漢😀"), 10u);
  EXPECT_EQ(utf8_prefix("a\xff"), 1u);
  EXPECT_EQ(utf8_prefix("\xed\xa0\x80"), 0u) << "a surrogate";
  EXPECT_EQ(utf8_prefix("\xf4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
  EXPECT_EQ(utf8_prefix("\xe0\x80\xaf"), 0u) << "overlong";
  EXPECT_TRUE(is_utf8(""));
}

TEST(PlainPrefix, EndsAtWhatJsonEscapesAndAtWhatIsNotAscii) {
  const std::string plain = "every printable byte: !#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~\x7f";
  EXPECT_EQ(plain_prefix(plain), plain.size());
  for (const char c : {'"', '\\', '\n', '\x1f', '\0', '\x80', '\xff'}) {
    for (std::size_t at = 0; at <= plain.size(); ++at) {
      std::string text = plain;
      text.insert(at, 1, c);
      EXPECT_EQ(plain_prefix(text), at) << int{c};
    }
  }
}

TEST(Utf8Prefix, FindsABadByteAtAnyPlace) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\xff';
    EXPECT_EQ(utf8_prefix(text), at);
  }
}

}  // namespace
}  // namespace callboard
