#include "shared/run/stored_fold.hpp"
#include "shared/value/sha256.hpp"
#include "tests/fuzz/fuzz.hpp"

// A stored fold's body, under a header that fits it: what decodes is encoded and decodes to the same bytes
// again.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  using namespace callboard::run;
  static const Graph graph = [] {
    Graph out;
    out.steps.resize(3);
    out.steps[0].key = "lint";
    out.steps[1].key = "go";
    out.steps[2].key = "build";
    out.hash = std::string(64, '0');
    link(out);
    return out;
  }();
  const RunId run{{{0x01, 0x9a, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 7}}};
  if (decode_fold(graph, run, input, nullptr)) return;
  const std::string header =
      "fold " + std::to_string(kStoredFoldVersion) + " " + to_hex(sha256(input)) + "\n";
  const auto point = decode_fold(graph, run, header + std::string(input), nullptr);
  if (!point) return;
  const auto bytes = encode_fold(graph, *point);
  if (!bytes) return;
  const auto again = decode_fold(graph, run, *bytes, nullptr);
  CALLBOARD_CHECK(again && *encode_fold(graph, *again) == *bytes);
}
