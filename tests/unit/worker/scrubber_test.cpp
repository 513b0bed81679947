#include <gtest/gtest.h>

#include "worker/secrets.hpp"

namespace callboard::test {
namespace {

using worker::Scrubber;
using worker::Secrets;

TEST(Scrubber, FindsASecretInEveryFormItMayTake) {
  Scrubber scrubber;
  scrubber.add("pa$$ w\"ord/1");
  for (const char* text : {"x pa$$ w\"ord/1 y", "x pa$$ w\\\"ord/1 y", "x pa$$ w\\\\\\\"ord/1 y",
                           "x pa%24%24%20w%22ord%2F1 y", "x pa%24%24+w%22ord%2f1 y"}) {
    EXPECT_EQ(scrubber.scrub(text), "x *** y") << text;
  }
}

TEST(Scrubber, FindsASecretInsideALongerBase64Text) {
  Scrubber scrubber;
  scrubber.add("correct horse battery");
  // base64 of "correct horse battery", "a:correct horse battery!" and "ab:correct horse battery"
  for (const char* text : {"Y29ycmVjdCBob3JzZSBiYXR0ZXJ5", "YTpjb3JyZWN0IGhvcnNlIGJhdHRlcnkh",
                           "YWI6Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"}) {
    EXPECT_TRUE(scrubber.finds(text)) << text;
  }
}

TEST(Scrubber, FindsEachLineOfAKey) {
  Scrubber scrubber;
  scrubber.add("-----BEGIN KEY-----\nMIIEvQIBADANBg\nshort\n-----END KEY-----\n");
  EXPECT_EQ(scrubber.scrub("  MIIEvQIBADANBg\n  short"), "  ***\n  short");
}

TEST(Scrubber, LeavesShortValuesAlone) {
  Scrubber scrubber;
  scrubber.add("abc");
  EXPECT_TRUE(scrubber.empty());
}

TEST(Secrets, ScrubsKeysStringsAndNumbersAndTheResultStaysJson) {
  Secrets secrets;
  secrets.add("A", "12345");
  secrets.add("B", "nabc");
  run::Outcome outcome;
  outcome.result = R"({"12345":1,"count":1234567,"text":"x\nabc 12345","ok":[true,"nabc"]})";
  outcome.error.message = "sent 12345";
  secrets.scrub(outcome);

  EXPECT_EQ(outcome.result, R"({"***":1,"count":"***","text":"x\nabc ***","ok":[true,"***"]})");
  EXPECT_EQ(outcome.error.message, "sent ***");
}

TEST(Secrets, HiddenOnesAreScrubbedAndCantBeNamed) {
  Secrets secrets;
  secrets.add_hidden("provider-key");
  EXPECT_EQ(secrets.scrub("with provider-key"), "with ***");
  EXPECT_EQ(secrets.find("provider-key"), nullptr);
}

}  // namespace
}  // namespace callboard::test
