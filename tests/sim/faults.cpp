#include "tests/sim/faults.hpp"

#include "shared/base/hash.hpp"

namespace callboard::test {
namespace {

using namespace std::chrono_literals;

constexpr Micros kTravel = 300us;
constexpr Micros kTransaction = 500us;
constexpr std::uint64_t kGarbledOf = 300;  // one job of so many

topics::RandomFaults::Rates random_rates(SimRandom& random, std::uint64_t most) {
  topics::RandomFaults::Rates rates;
  rates.lost = static_cast<std::uint32_t>(random.below(most));
  rates.doubled = static_cast<std::uint32_t>(random.below(most));
  rates.delayed = static_cast<std::uint32_t>(random.below(2 * most));
  if (most > 1) rates.longest_delay = Micros(static_cast<std::int64_t>(random.below(3'000'000)));
  return rates;
}

}  // namespace

Weather::Weather(SimRandom& random)
    : random_(random),
      harms_jobs_(random.chance(40)),
      messages_(random, random_rates(random, random.chance(70) ? 200 : 1),
                random_rates(random, harms_jobs_ ? 60 : 1)),
      refused_(random.chance(40) ? random.below(15) : 0),
      reply_lost_(random.chance(40) ? random.below(15) : 0),
      slow_(random.chance(40) ? random.below(30) : 0) {}

std::vector<Micros> Weather::carry(topics::Message message) {
  if (fine_) return {kTravel};
  auto copies = messages_.carry(message);
  for (Micros& copy : copies) copy += kTravel;
  return copies;
}

/// By the job alone: whoever publishes it, and however often.
bool Weather::garbles(std::string_view job) { return !fine_ && stable_hash(job) % kGarbledOf == 0; }

log::Fate Weather::fate(log::CallKind) {
  log::Fate fate{log::Fate::What::done, kTransaction, kTransaction};
  if (fine_) return fate;
  if (random_.chance(refused_)) fate.what = log::Fate::What::refused;
  if (random_.chance(reply_lost_)) fate.what = log::Fate::What::reply_lost;
  if (random_.chance(slow_)) fate.before += Micros(static_cast<std::int64_t>(random_.below(400'000)));
  if (random_.chance(slow_)) fate.after += Micros(static_cast<std::int64_t>(random_.below(400'000)));
  return fate;
}

}  // namespace callboard::test
