#pragma once

namespace callboard {

/// Prints the broken invariant with its place and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace callboard

/// An invariant of ours: false means a bug, and the process ends. Never for what input or environment can
/// cause.
#define CALLBOARD_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::callboard::check_failed(#condition, __FILE__, __LINE__))
