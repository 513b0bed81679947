#include "shared/config/setting.hpp"
#include "shared/config/settings_file.hpp"
#include "tests/fuzz/fuzz.hpp"

// A settings file has leaves or problems, each with its place; an address that is let through can be read.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard::config;
  const auto entries = parse_settings_file("callboard.yaml", input);
  if (entries) {
    for (const FileEntry& entry : *entries)
      CALLBOARD_CHECK(entry.place.starts_with("callboard.yaml:") && !entry.path.empty());
  } else {
    CALLBOARD_CHECK(!entries.error().empty());
    for (const Problem& problem : entries.error())
      CALLBOARD_CHECK(!problem.place.empty() && !problem.message.empty());
  }
  for (const Setting& setting : settings_table()) {
    const bool good = !refuse_value(setting.kind, input);
    if (good && setting.kind == SettingKind::listen_address) CALLBOARD_CHECK(parse_address(input));
    if (is_secret(setting))
      CALLBOARD_CHECK(input.size() < 4 || masked_value(setting, input).find(input) == std::string::npos);
  }
}
