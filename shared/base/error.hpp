#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace callboard {

/// What a caller can act on. A code exists only because some caller branches on it; the rest is the message.
enum class ErrorCode : std::uint8_t {
  invalid,      // the input is wrong; the same input fails again
  not_found,    // what was named does not exist
  conflict,     // the state forbids it
  unavailable,  // a service can't be reached now; try again
  timeout,      // it took too long; whether it happened is unknown
  too_large,    // a limit of limits.hpp was reached
  forbidden,    // known, and not allowed
  cancelled,    // stopped on request
  internal,     // a fault of ours
};

std::string_view to_string(ErrorCode code);

/// A failure as a value. `message` is one sentence for people: what was found and what was expected.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace callboard
