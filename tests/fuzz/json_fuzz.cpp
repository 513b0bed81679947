#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/fuzz/fuzz.hpp"

// What is read is written, and what is written reads back as the same.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  const auto value = read_json(input);
  if (!value) return;
  const std::string written = write_json(*value);
  const auto again = read_json(written);
  CALLBOARD_CHECK(again);
  CALLBOARD_CHECK(write_json(*again) == written);
  CALLBOARD_CHECK(write_canonical(*again) == write_canonical(*value));
}
