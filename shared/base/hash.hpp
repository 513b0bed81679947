#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace callboard {

/// The finaliser of SplitMix64: every bit of the input reaches every bit of the output.
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// FNV-1a with a finaliser. The same on every machine and in every release (retry jitter rests on it). Not
/// for secrets.
constexpr std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0) {
  std::uint64_t h = 0xcbf29ce484222325 ^ mix_bits(seed);
  for (const char c : text) h = (h ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return mix_bits(h);
}
constexpr std::uint64_t stable_hash(std::span<const std::uint8_t> bytes, std::uint64_t seed = 0) {
  std::uint64_t h = 0xcbf29ce484222325 ^ mix_bits(seed);
  for (const std::uint8_t byte : bytes) h = (h ^ byte) * 0x100000001b3;
  return mix_bits(h);
}

}  // namespace callboard
