#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/base/check.hpp"

/// libFuzzer's entry, as text: `CALLBOARD_FUZZ_ONE(input) { … }` looks at one input and breaks an invariant
/// where the code under test is wrong.
#define CALLBOARD_FUZZ_ONE(input)                                                     \
  static void fuzz_one(std::string_view input);                                       \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    fuzz_one({reinterpret_cast<const char*>(data), size});                            \
    return 0;                                                                         \
  }                                                                                   \
  static void fuzz_one(std::string_view input)
