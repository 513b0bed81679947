#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "tests/sim/simulation.hpp"

namespace {

using callboard::test::Simulation;

struct Arguments {
  std::uint64_t seeds = 200;
  std::uint64_t from = 1;
  bool is_talkative = false;
  bool until_failure = false;
};

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Arguments> read_arguments(int count, char** texts) {
  Arguments out;
  for (int at = 1; at < count; ++at) {
    const std::string_view name = texts[at];
    if (name == "--verbose" || name == "--until-failure") {
      (name == "--verbose" ? out.is_talkative : out.until_failure) = true;
      continue;
    }
    const auto number = at + 1 < count ? read_number(texts[++at]) : std::nullopt;
    if (!number || (name != "--seeds" && name != "--from")) return std::nullopt;
    (name == "--seeds" ? out.seeds : out.from) = *number;
  }
  return out;
}

}  // namespace

int main(int count, char** texts) {
  const auto arguments = read_arguments(count, texts);
  if (!arguments) {
    std::fputs("usage: callboard_sim [--seeds N] [--from SEED] [--verbose] [--until-failure]\n", stderr);
    return 2;
  }
  std::uint64_t failures = 0;
  callboard::Micros passed{0};
  for (std::uint64_t seed = arguments->from; seed < arguments->from + arguments->seeds; ++seed) {
    Simulation simulation(seed, arguments->is_talkative);
    const auto complaints = simulation.run();
    passed += simulation.passed();
    if (arguments->is_talkative) std::printf("seed %lu: %s\n", seed, simulation.summary().c_str());
    for (const auto& complaint : complaints) std::printf("seed %lu: %s\n", seed, complaint.c_str());
    if (!complaints.empty()) {
      ++failures;
      std::printf("repeat with: callboard_sim --seeds 1 --from %lu --verbose\n", seed);
    }
    const std::uint64_t done = seed - arguments->from + 1;
    if (done % 50 == 0 || done == arguments->seeds) {
      std::printf("%lu of %lu seeds, %lu failed; %.1f simulated hours\n", done, arguments->seeds, failures,
                  std::chrono::duration<double, std::ratio<3'600>>(passed).count());
    }
    std::fflush(stdout);
    if (failures > 0 && arguments->until_failure) break;
  }
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
