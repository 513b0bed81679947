#include "shared/config/programs.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace callboard::config {
namespace {

Settings resolve(std::vector<std::pair<const Setting*, std::string>> flags) {
  Inputs inputs;
  inputs.flags = std::move(flags);
  inputs.environment = [](std::string_view) { return std::nullopt; };
  auto settings = resolve_settings(inputs);
  EXPECT_TRUE(settings);
  return std::move(*settings);
}

TEST(DispatcherSettings, NeedADatabaseAndABus) {
  const auto settings = make_dispatcher_settings(resolve({}));
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().at(0).place, "CALLBOARD_DATABASE_URL");
  EXPECT_EQ(settings.error().at(1).place, "CALLBOARD_NATS_URL");
}

TEST(DispatcherSettings, AreMadeFromTheTable) {
  const auto settings = make_dispatcher_settings(resolve({
      {find_setting("CALLBOARD_DATABASE_URL"), "postgresql://db/x"},
      {find_setting("CALLBOARD_NATS_URL"), "nats://bus:4222"},
      {find_setting("CALLBOARD_LISTEN"), "[::1]:9"},
      {find_setting("GITHUB_WEBHOOK_SECRET"), "a,b"},
  }));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->listen, (Address{"::1", 9}));
  EXPECT_EQ(settings->github_webhook_secrets, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(settings->linear_webhook_secrets.empty());
  EXPECT_TRUE(settings->segments);
  EXPECT_EQ(settings->workflows, std::nullopt);
}

TEST(WorkerSettings, AreMadeFromTheTable) {
  const auto settings =
      make_worker_settings(resolve({
                               {find_setting("CALLBOARD_DATABASE_URL"), "postgresql://db/x"},
                               {find_setting("CALLBOARD_NATS_URL"), "nats://bus:4222"},
                               {find_setting("OPENAI_API_KEY"), "sk"},
                           }),
                           {{"DEPLOY", "s3cret"}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->slots, 128u);
  EXPECT_EQ(settings->pool, "default");
  EXPECT_EQ(settings->openai.key, "sk");
  EXPECT_EQ(settings->openai.base_url, "https://api.openai.com/v1");
  EXPECT_EQ(settings->secrets.at("DEPLOY"), "s3cret");
}

class Secrets : public testing::Test {
 protected:
  void SetUp() override { set("CALLBOARD_SECRET_DEPLOY", "plain-value"); }
  void TearDown() override { erase_secret_variables(); }
  static void set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }
};

TEST_F(Secrets, ComeFromTheEnvironmentAndFromFiles) {
  const std::string path = testing::TempDir() + "secret" + std::to_string(::getpid());
  std::ofstream(path) << "from file\n";
  set("CALLBOARD_SECRET_NPM_TOKEN_FILE", path);

  const auto secrets = find_secrets();

  ASSERT_TRUE(secrets);
  EXPECT_EQ(secrets->at("DEPLOY"), "plain-value");
  EXPECT_EQ(secrets->at("NPM_TOKEN"), "from file");
  std::remove(path.c_str());
}

TEST_F(Secrets, AreRefusedIfTheirFileCannotBeRead) {
  set("CALLBOARD_SECRET_GONE_FILE", "/nowhere");
  const auto secrets = find_secrets();
  ASSERT_FALSE(secrets);
  EXPECT_EQ(secrets.error().front().place, "CALLBOARD_SECRET_GONE_FILE");
}

TEST_F(Secrets, AreGoneFromTheEnvironmentOnceErased) {
  const char* bytes = std::getenv("CALLBOARD_SECRET_DEPLOY");
  set("GITHUB_WEBHOOK_SECRET", "hook");
  set("CALLBOARD_LOG_LEVEL", "debug");

  erase_secret_variables();

  EXPECT_EQ(std::getenv("CALLBOARD_SECRET_DEPLOY"), nullptr);
  EXPECT_EQ(std::getenv("GITHUB_WEBHOOK_SECRET"), nullptr);
  EXPECT_STREQ(std::getenv("CALLBOARD_LOG_LEVEL"), "debug");
  EXPECT_STREQ(bytes, "") << "the bytes themselves are wiped";
  unsetenv("CALLBOARD_LOG_LEVEL");
}

TEST(SecretVariable, IsToldFromOthers) {
  EXPECT_TRUE(is_secret_variable("CALLBOARD_SECRET_X"));
  EXPECT_TRUE(is_secret_variable("OPENAI_API_KEY_FILE"));
  EXPECT_TRUE(is_secret_variable("CALLBOARD_DATABASE_URL"));
  EXPECT_FALSE(is_secret_variable("CALLBOARD_LISTEN"));
  EXPECT_FALSE(is_secret_variable("PATH"));
}

}  // namespace
}  // namespace callboard::config
