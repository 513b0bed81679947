#include "shared/log/archive/base64.hpp"
#include "shared/log/archive/sealed.hpp"
#include "tests/fuzz/fuzz.hpp"

// A line of an archive: what decodes is encoded, and decodes to the same line. And whole archives, whose
// reader must come to an end.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard::log;
  if (const auto record = decode_record(input)) {
    const std::string line = encode_record(*record);
    CALLBOARD_CHECK(line.find('\n') == std::string::npos);
    const auto again = decode_record(line);
    CALLBOARD_CHECK(again && encode_record(*again) == line);
  }
  if (const auto bytes = decode_base64(input)) CALLBOARD_CHECK(encode_base64(*bytes) == input);
  TextLines lines(input);
  static_cast<void>(find_resume_point(lines));
}
