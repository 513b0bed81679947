#pragma once

#include <cstdint>

namespace callboard::cli {

/// What a command ends with.
enum class Exit : std::uint8_t {
  done = 0,
  failed = 1,       // the run or the check failed, or what was named is not there
  bad_usage = 2,    // or an invalid file
  unreachable = 3,  // no dispatcher, or no database
  not_allowed = 4,
  interrupted = 130,  // Ctrl-C, which only stops watching
};

}  // namespace callboard::cli
