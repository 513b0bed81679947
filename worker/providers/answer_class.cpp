#include "worker/providers/answer_class.hpp"

#include <algorithm>

#include "shared/base/text.hpp"

namespace callboard::worker {

std::optional<run::ErrorClass> class_of_status(int status) {
  if (status < 400) return std::nullopt;
  if (status >= 500) return run::ErrorClass::server;
  switch (status) {
    case 401:
    case 403: return run::ErrorClass::auth;
    case 408: return run::ErrorClass::timeout;
    case 429: return run::ErrorClass::rate_limit;
    default: return run::ErrorClass::validation;
  }
}

run::ErrorClass class_of_failure(ErrorCode code) {
  switch (code) {
    case ErrorCode::timeout: return run::ErrorClass::timeout;
    case ErrorCode::unavailable: return run::ErrorClass::network;
    case ErrorCode::cancelled: return run::ErrorClass::cancelled;
    case ErrorCode::internal: return run::ErrorClass::internal;
    default: return run::ErrorClass::validation;
  }
}

std::string retry_hint(const http::ClientResponse& response) {
  const std::string_view after = response.header("retry-after");
  if (after.empty()) return {};
  const bool is_seconds =
      std::ranges::all_of(after, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return "; retry-after: " + printable(after.substr(0, 64)) + (is_seconds ? " s" : "");
}

}  // namespace callboard::worker
