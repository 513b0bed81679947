#include "tests/fuzz/fuzz.hpp"
#include "topics/job.hpp"

// The messages of the bus: what decodes is encoded and decodes again.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard::topics;
  if (const auto job = decode_job(input)) CALLBOARD_CHECK(decode_job(encode_job(*job)));
  if (const auto events = decode_notice(input)) CALLBOARD_CHECK(decode_notice(encode_notice(*events)));
  if (const auto stop = decode_stop(input)) CALLBOARD_CHECK(decode_stop(encode_stop(*stop)));
  if (const auto presence = decode_presence(input))
    CALLBOARD_CHECK(decode_presence(encode_presence(*presence)));
  static_cast<void>(is_pauses_changed(input));
  if (const auto by = parse_workflows_changed(input))
    CALLBOARD_CHECK(parse_workflows_changed(encode_workflows_changed(*by)) == by);
}
