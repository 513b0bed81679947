#include "shared/config/setting.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace callboard::config {
namespace {

TEST(SettingsTable, NamesEachVariableFlagAndKeyOnce) {
  std::set<std::string_view> names;
  for (const Setting& setting : settings_table()) {
    EXPECT_TRUE(names.insert(setting.variable).second) << setting.variable;
    EXPECT_TRUE(names.insert(setting.key).second) << setting.key;
    if (!setting.flag.empty()) EXPECT_TRUE(names.insert(setting.flag).second) << setting.flag;
    EXPECT_NE(setting.programs, 0) << setting.variable;
    EXPECT_FALSE(setting.help.empty()) << setting.variable;
  }
}

TEST(SettingsTable, HasDefaultsThatItWouldAccept) {
  for (const Setting& setting : settings_table()) {
    if (setting.fallback.empty()) continue;
    EXPECT_EQ(refuse_value(setting.kind, setting.fallback), std::nullopt) << setting.variable;
  }
}

TEST(SettingsTable, GivesNoSecretAFlag) {
  for (const Setting& setting : settings_table()) {
    if (is_secret(setting)) EXPECT_TRUE(setting.flag.empty()) << setting.variable;
  }
}

struct Case {
  SettingKind kind;
  const char* value;
  bool accepted;
};

class SettingValue : public testing::TestWithParam<Case> {};

TEST_P(SettingValue, IsAcceptedOrRefused) {
  const Case& c = GetParam();
  EXPECT_EQ(!refuse_value(c.kind, c.value).has_value(), c.accepted) << c.value;
}

INSTANTIATE_TEST_SUITE_P(
    All, SettingValue,
    testing::Values(Case{SettingKind::listen_address, "127.0.0.1:0", true},
                    Case{SettingKind::listen_address, "localhost:8080", true},
                    Case{SettingKind::listen_address, "[::1]:8080", true},
                    Case{SettingKind::listen_address, "0.0.0.0:8080", false},
                    Case{SettingKind::listen_address, "127.evil.example:80", false},
                    Case{SettingKind::listen_address, "8080", false},
                    Case{SettingKind::listen_address, "127.0.0.1:70000", false},
                    Case{SettingKind::database_url, "postgresql://u:p@db.internal:5432/callboard", true},
                    Case{SettingKind::database_url, "postgresql:///callboard?host=/tmp/x", true},
                    Case{SettingKind::database_url, "host=/tmp/x dbname=callboard", true},
                    Case{SettingKind::database_url, "mysql://u@h/d", false},
                    Case{SettingKind::nats_url, "nats://127.0.0.1:4222", true},
                    Case{SettingKind::nats_url, "http://127.0.0.1:4222", false},
                    Case{SettingKind::nats_url, "nats://", false},
                    Case{SettingKind::http_url, "https://ghe.example/api/v3", true},
                    Case{SettingKind::http_url, "https:///x", false},
                    Case{SettingKind::http_url, "https://a b", false}, Case{SettingKind::count, "1", true},
                    Case{SettingKind::count, "0", false}, Case{SettingKind::count, "-3", false},
                    Case{SettingKind::count, "12x", false}, Case{SettingKind::count, "4097", false},
                    Case{SettingKind::host_list, "api.internal, 10.0.0.0/8,fd00::/8", true},
                    Case{SettingKind::host_list, "10.0.0.0/33", false},
                    Case{SettingKind::host_list, "a,,b", false},
                    Case{SettingKind::hook_list, "repos/acme/widgets/hooks/5, orgs/acme/hooks/7", true},
                    Case{SettingKind::hook_list, "repos/acme/hooks/5", false},
                    Case{SettingKind::hook_list, "orgs/acme/hooks/x", false},
                    Case{SettingKind::hook_list, "https://github.com/acme", false},
                    Case{SettingKind::pool, "linux,gpu", true}, Case{SettingKind::pool, "gpu+linux", true},
                    Case{SettingKind::pool, "g pu", false}, Case{SettingKind::pool, "linux,", false},
                    Case{SettingKind::secret_list, "new,old", true},
                    Case{SettingKind::secret_list, "new,", false}, Case{SettingKind::on_off, "yes", false},
                    Case{SettingKind::log_level, "warn", true}, Case{SettingKind::log_level, "loud", false}));

TEST(SettingValue, SaysThatKafkaIsNotSupportedYet) {
  EXPECT_EQ(refuse_value(SettingKind::bus, "kafka"), "kafka is not supported yet; expected nats");
}

TEST(SettingValue, SaysWhyItListensOnLoopbackOnly) {
  EXPECT_NE(refuse_value(SettingKind::listen_address, "0.0.0.0:80")->find("authentication"),
            std::string::npos);
}

TEST(MaskedValue, HidesSecretsWholeAndAUrlsPasswordAlone) {
  EXPECT_EQ(masked_value(*find_setting("ANTHROPIC_API_KEY"), "sk-1"), "***");
  const Setting& database = *find_setting("CALLBOARD_DATABASE_URL");
  EXPECT_EQ(masked_value(database, "postgresql://me:p@ss@db:5432/x"), "postgresql://me:***@db:5432/x");
  EXPECT_EQ(masked_value(database, "postgresql://db:5432/x"), "postgresql://db:5432/x");
  EXPECT_EQ(masked_value(database, "postgresql:///x?host=/tmp&password=p"), "***");
  EXPECT_EQ(masked_value(database, "host=/tmp password=p"), "***");
}

TEST(Address, IsAHostAndAPort) {
  EXPECT_EQ(parse_address("127.0.0.1:8080"), (Address{"127.0.0.1", 8080}));
  EXPECT_EQ(parse_address("[::1]:0"), (Address{"::1", 0}));
  EXPECT_EQ(parse_address("::1:80"), std::nullopt);
}

}  // namespace
}  // namespace callboard::config
