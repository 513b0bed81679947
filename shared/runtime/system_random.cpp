#include "shared/runtime/system_random.hpp"

namespace callboard::runtime {
namespace {

std::mt19937_64 seeded() {
  std::random_device kernel;
  std::seed_seq seed{kernel(), kernel(), kernel(), kernel(), kernel(), kernel(), kernel(), kernel()};
  return std::mt19937_64(seed);
}

}  // namespace

SystemRandom::SystemRandom() : engine_(seeded()) {}

}  // namespace callboard::runtime
