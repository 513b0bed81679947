#include <gtest/gtest.h>

#include <map>

#include "shared/expression/template.hpp"
#include "shared/value/write.hpp"
#include "tests/unit/expression/json_contexts.hpp"

namespace callboard::expression {
namespace {

Rendered rendered(std::string_view json, std::string_view contexts = "{}") {
  return *render(*make_template(*read_json(json)), JsonContexts(contexts));
}

std::string filled(const Rendered& from) {
  static const std::map<std::string, std::string, std::less<>> known{{"TOKEN", "s3cr\"et"}, {"USER", "me"}};
  const auto out = fill_secrets(from, [](std::string_view name) {
    const auto at = known.find(name);
    return at == known.end() ? nullptr : &at->second;
  });
  return out ? write_json(*out) : "failed: " + out.error().message;
}

TEST(Secrets, AreSlotsAndNeverText) {
  const Rendered out =
      rendered(R"({"headers":{"auth/x":"Bearer ${secrets.TOKEN}"},"user":"${secrets.USER}"})");
  EXPECT_EQ(out.json, R"({"headers":{"auth/x":null},"user":null})");
  ASSERT_EQ(out.secrets.size(), 2u);
  EXPECT_EQ(out.secrets[0].pointer, "/headers/auth~1x");
  ASSERT_EQ(out.secrets[0].parts.size(), 2u);
  EXPECT_EQ(out.secrets[0].parts[0].text, "Bearer ");
  EXPECT_EQ(out.secrets[0].parts[1].secret, "TOKEN");
}

TEST(Secrets, AreFilledInOnTheWorker) {
  EXPECT_EQ(filled(rendered(R"({"a/b":["${secrets.USER}:${secrets.TOKEN}@${event.host}"]})",
                            R"({"event":{"host":"h"}})")),
            R"({"a/b":["me:s3cr\"et@h"]})");
}

TEST(Secrets, CanStandAtTheRoot) { EXPECT_EQ(filled(rendered(R"("${secrets.USER}")")), "\"me\""); }

TEST(Secrets, ThatAPayloadSpellsStayText) {
  const Rendered out =
      rendered(R"({"a":"${event.title}","b":"x ${event.title}","c":"${event.title} ${secrets.USER}"})",
               R"({"event":{"title":"${secrets.TOKEN}"}})");
  ASSERT_EQ(out.secrets.size(), 1u);
  EXPECT_EQ(filled(out), R"({"a":"${secrets.TOKEN}","b":"x ${secrets.TOKEN}","c":"${secrets.TOKEN} me"})");
}

TEST(Secrets, ThatAreNotSetAreNamed) {
  EXPECT_EQ(filled(rendered(R"({"a":"${secrets.OTHER}"})")),
            "failed: secret OTHER is not set on this worker: expected CALLBOARD_SECRET_OTHER");
}

TEST(FillSecrets, RefusesAPointerToNothing) {
  const Rendered bad{R"({"a":[1]})", {{"/a/7", {{"x", ""}}}}};
  EXPECT_EQ(filled(bad), "failed: nothing stands at /a/7 for a secret");
  EXPECT_EQ(filled(Rendered{"{}", {{"a", {}}}}), "failed: nothing stands at a for a secret");
}

}  // namespace
}  // namespace callboard::expression
