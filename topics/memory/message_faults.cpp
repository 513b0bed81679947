#include "topics/memory/message_faults.hpp"

namespace callboard::topics {

std::vector<Micros> RandomFaults::carry(Message message) {
  const Rates& rates = message == Message::notice ? notices_ : jobs_;
  if (chance(rates.lost)) return {};
  std::vector<Micros> copies{delay(rates)};
  if (chance(rates.doubled)) copies.push_back(delay(rates));
  return copies;
}

Micros RandomFaults::delay(const Rates& rates) {
  if (rates.longest_delay.count() <= 0 || !chance(rates.delayed)) return Micros(0);
  return Micros(
      static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(rates.longest_delay.count())));
}

}  // namespace callboard::topics
