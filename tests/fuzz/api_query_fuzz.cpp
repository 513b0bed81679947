#include <algorithm>
#include <string>

#include "dispatcher/api/answers.hpp"
#include "dispatcher/api/guard.hpp"
#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace callboard;
using namespace callboard::dispatcher;

template <typename T>
void check_refusal(const Read<T>& read) {
  if (read) return;
  CALLBOARD_CHECK(read.error().status >= 400 && read.error().status < 500);
  CALLBOARD_CHECK(read_json(read.error().body));
}

}  // namespace

// A Host, an Origin, then a query, on lines of their own. Refusals are JSON whatever was refused; without an
// Origin of its own no page of another site passes.
CALLBOARD_FUZZ_ONE(input) {
  http::Request request;
  request.method = "GET";
  for (const char* name : {"Host", "Origin"}) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    if (end > 0) request.headers.add(name, input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  request.query = input;

  static const Guard guard("https://callboard.example");
  static const Guard local("");
  if (!local.check(request)) CALLBOARD_CHECK(!guard.check(request));
  http::Request foreign = request;
  foreign.headers = http::Headers();
  foreign.headers.add("Host", request.headers.get("Host"));
  foreign.headers.add("Origin", "https://evil.example");
  if (!http::equal_ignoring_case(request.headers.get("Host"), "evil.example"))
    CALLBOARD_CHECK(guard.check(foreign));

  const auto wait = read_wait(request);
  check_refusal(wait);
  if (wait) CALLBOARD_CHECK(*wait >= Micros(0) && *wait <= limits::kWaitMost);
  const auto limit = read_limit(request);
  check_refusal(limit);
  if (limit) CALLBOARD_CHECK(*limit >= 1 && *limit <= limits::kPageMost);
  check_refusal(read_time(request, "since"));
  check_refusal(read_flag(request, "start", true));
  check_refusal(read_run_id(request.query));
  check_refusal(read_idempotency_key(request, request.query));
}
