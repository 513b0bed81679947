#include "shared/base/ids.hpp"
#include "shared/base/text.hpp"
#include "shared/base/time.hpp"
#include "tests/fuzz/fuzz.hpp"

// Times, durations and ids that are read are written and read as the same; what is printable is UTF-8 without
// control characters, and stays as it is.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  if (const auto time = parse_time(input)) CALLBOARD_CHECK(parse_time(format_time(*time)) == time);
  if (const auto duration = parse_duration(input)) {
    CALLBOARD_CHECK(*duration >= Micros(0));
    const auto again = parse_duration(format_duration(*duration));
    CALLBOARD_CHECK(again && abs(*again - *duration) <= std::chrono::milliseconds(1));
  }
  if (const auto id = parse_uuid(input)) CALLBOARD_CHECK(parse_uuid(to_string(*id)) == id);
  for (const bool newlines : {false, true}) {
    const std::string shown = printable(input, newlines);
    CALLBOARD_CHECK(is_utf8(shown) && printable(shown, newlines) == shown);
    for (const char c : shown)
      CALLBOARD_CHECK(static_cast<unsigned char>(c) >= 0x20 || c == '\t' || (newlines && c == '\n'));
  }
  CALLBOARD_CHECK(is_utf8(input.substr(0, utf8_prefix(input))));
}
