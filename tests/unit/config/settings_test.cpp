#include "shared/config/settings.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace callboard::config {
namespace {

class SettingsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("config" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    inputs_.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables_.find(std::string(name));
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }
  void config(const std::string& text) { inputs_.config_file = write("callboard.yaml", text); }
  void flag(std::string_view variable, std::string value) {
    inputs_.flags.emplace_back(find_setting(variable), std::move(value));
  }
  std::string problems() {
    const auto settings = resolve_settings(inputs_);
    return settings ? "" : format_problems(settings.error());
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> variables_;
  Inputs inputs_;
};

TEST_F(SettingsTest, PrefersFlagsToTheEnvironmentAndThatToTheFile) {
  config("log: {level: debug, format: json}\nlisten: 127.0.0.1:1\n");
  variables_["CALLBOARD_LOG_FORMAT"] = "text";
  variables_["CALLBOARD_LISTEN"] = "127.0.0.1:2";
  flag("CALLBOARD_LISTEN", "127.0.0.1:3");

  const auto settings = resolve_settings(inputs_);

  ASSERT_TRUE(settings) << format_problems(settings.error());
  EXPECT_EQ(settings->text("CALLBOARD_LOG_LEVEL"), "debug");
  EXPECT_EQ(settings->text("CALLBOARD_LOG_FORMAT"), "text");
  EXPECT_EQ(settings->text("CALLBOARD_LISTEN"), "127.0.0.1:3");
  EXPECT_EQ(settings->text("CALLBOARD_BUS"), "nats");
  EXPECT_EQ(settings->find("CALLBOARD_DATABASE_URL"), std::nullopt);
}

TEST_F(SettingsTest, SaysOfEveryBadValueItsPlaceAndWhatWasExpected) {
  config("log:\n  level: loud\n");
  variables_["CALLBOARD_SLOTS"] = "many";
  flag("CALLBOARD_LISTEN", "8080");

  const std::string text = problems();

  EXPECT_NE(text.find("callboard.yaml:2:10: log.level: found \"loud\", expected debug, info"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("CALLBOARD_SLOTS: found \"many\", expected a whole number from 1 to 4096"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("--listen: found \"8080\", expected a loopback address"), std::string::npos) << text;
}

TEST_F(SettingsTest, RefusesUnknownKeysAndNamesTheNearest) {
  config("log:\n  levl: debug\n");
  EXPECT_NE(problems().find(":2:9: unknown setting log.levl; did you mean log.level?"), std::string::npos)
      << problems();
}

TEST_F(SettingsTest, RefusesAConfigFileThatIsNotThere) {
  inputs_.config_file = (folder_ / "none.yaml").string();
  EXPECT_TRUE(problems().starts_with("--config: can't read "));
}

TEST_F(SettingsTest, SaysOfAFolderThatAFileIsExpected) {
  inputs_.config_file = folder_.string();
  EXPECT_EQ(problems(), "--config: " + folder_.string() + " is a folder, expected a file\n");
  inputs_.config_file.reset();
  variables_["OPENAI_API_KEY_FILE"] = folder_.string();
  EXPECT_EQ(problems(), "OPENAI_API_KEY_FILE: " + folder_.string() + " is a folder, expected a file\n");
}

TEST_F(SettingsTest, ReadsSecretsFromFiles) {
  variables_["ANTHROPIC_API_KEY_FILE"] = write("key", "sk-from-file\n");
  variables_["GITHUB_WEBHOOK_SECRET"] = "new, old";

  const auto settings = resolve_settings(inputs_);

  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->text("ANTHROPIC_API_KEY"), "sk-from-file");
  EXPECT_EQ(settings->list("GITHUB_WEBHOOK_SECRET"), (std::vector<std::string>{"new", "old"}));
}

TEST_F(SettingsTest, SaysWhichSecretFileCannotBeRead) {
  variables_["OPENAI_API_KEY_FILE"] = "/nowhere/key";
  EXPECT_EQ(problems(), "OPENAI_API_KEY_FILE: can't read /nowhere/key: No such file or directory\n");
}

TEST_F(SettingsTest, NeverShowsASecret) {
  variables_["OPENAI_API_KEY"] = "sk-hidden";
  variables_["GITHUB_WEBHOOK_SECRET"] = "hidden-too,";
  variables_["CALLBOARD_DATABASE_URL"] = "postgresql://me:hidden@db/x";

  EXPECT_EQ(problems().find("hidden"), std::string::npos);
  variables_.erase("GITHUB_WEBHOOK_SECRET");
  const std::string shown = format_settings(*resolve_settings(inputs_));
  EXPECT_EQ(shown.find("hidden"), std::string::npos) << shown;
  EXPECT_NE(shown.find("***  [OPENAI_API_KEY]"), std::string::npos) << shown;
}

TEST_F(SettingsTest, HandsOnVars) {
  config("vars:\n  team: core\n  region: eu\n");
  const auto settings = resolve_settings(inputs_);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->vars(), (std::map<std::string, std::string>{{"region", "eu"}, {"team", "core"}}));
}

TEST(SettingsDocument, IsWhatTheReadmeShows) {
  std::ifstream in(std::string(CALLBOARD_SOURCE) + "/shared/config/README.md");
  const std::string readme(std::istreambuf_iterator<char>(in), {});
  EXPECT_NE(readme.find(format_settings_document()), std::string::npos) << "the README's table should be:\n"
                                                                        << format_settings_document();
}

}  // namespace
}  // namespace callboard::config
