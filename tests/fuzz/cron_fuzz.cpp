#include "shared/schedule/schedule.hpp"
#include "tests/fuzz/fuzz.hpp"

// An expression that is read fires; its times go upwards, and a time that it names is its own next one.
// Whatever the clocks of a zone do, its times go upwards, and each is found from behind.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  using namespace std::chrono;
  const auto cron = schedule::Cron::parse(input);
  if (!cron) {
    CALLBOARD_CHECK(!cron.error().message.empty() && cron.error().column >= 1);
    return;
  }
  constexpr schedule::WallTime kFrom{local_days(year(2026) / 3 / 28)};
  const auto first = cron->next(kFrom);
  CALLBOARD_CHECK(first && *first >= kFrom && cron->next(*first) == first);
  static const schedule::Zone kZone = *schedule::Zone::find("Australia/Lord_Howe");
  const schedule::Schedule times(std::string(input), *cron, kZone);
  Time at{sys_days(year(2026) / 10 / 3)};
  for (int i = 0; i < 20; ++i) {
    const auto next = times.next_after(at);
    if (!next) break;
    CALLBOARD_CHECK(*next > at && times.last_until(*next, at) == next);
    at = *next;
  }
}
