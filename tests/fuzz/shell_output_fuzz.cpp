#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "worker/steps/shell_process.hpp"

// Whatever a script writes into $CALLBOARD_OUTPUT, what becomes of it can stand in the log.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  const auto values = worker::parse_shell_output(input);
  if (!values) {
    CALLBOARD_CHECK(!values.error().message.empty());
    return;
  }
  CALLBOARD_CHECK(read_json(write_json(Value(*values))));
}
