#include "tests/fuzz/fuzz.hpp"
#include "topics/nats/nats_answers.hpp"

// What a server says of a job: its reply subject, whether it was stored, and what its API answers.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard::topics;
  if (read_ack_subject(input)) CALLBOARD_CHECK(input.starts_with("$JS.ACK."));
  if (const auto sequence = read_stored_sequence(input)) CALLBOARD_CHECK(*sequence > 0);
  if (const auto answer = read_jetstream_answer(input)) {
    for (const std::size_t size : {0uz, 7uz, 4'096uz})
      CALLBOARD_CHECK(base64_begin(answer->data, size).size() <= size);
  }
  CALLBOARD_CHECK(base64_begin(input, input.size()).size() <= input.size());
}
