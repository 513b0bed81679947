#include <algorithm>
#include <string>

#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "worker/scrubber.hpp"

// A secret on the first line, then what a step says: the secret is nowhere in what is left of it.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view secret = input.substr(0, end);
  if (secret.contains('*')) return;  // the mask could spell it
  const std::string_view said = input.substr(std::min(end + 1, input.size()));
  worker::Scrubber scrubber;
  scrubber.add(secret);
  CALLBOARD_CHECK(scrubber.empty() == (secret.size() < worker::Scrubber::kShortest));
  CALLBOARD_CHECK(!scrubber.finds(scrubber.scrub(said)));
  if (auto value = read_json(said)) {
    scrubber.scrub(*value);
    CALLBOARD_CHECK(read_json(write_json(*value)));
  }
}
