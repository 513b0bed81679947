#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "shared/base/error.hpp"
#include "shared/log/archive/run_check.hpp"

namespace callboard::log {

struct RebuildReport {
  std::uint64_t runs = 0;
  std::uint64_t events = 0;
  std::uint64_t heads_made = 0;     // or mended
  std::uint64_t labels_mended = 0;  // of so many runs
  std::uint64_t heads_removed = 0;
  std::uint64_t inbox_added = 0;
  std::uint64_t inbox_removed = 0;
  std::uint64_t places_given = 0;
  std::uint64_t places_freed = 0;
  std::uint64_t origins_made = 0;
  std::uint64_t folds_dropped = 0;      // they come again by themselves
  std::uint64_t listeners_dropped = 0;  // likewise: the owners of open runs put them, and look back

  bool changed() const {
    return heads_made + labels_mended + heads_removed + inbox_added + inbox_removed + places_given +
               places_freed + origins_made + folds_dropped + listeners_dropped >
           0;
  }
};

/// Remakes what hangs on the log from its events: head rows, places, inbox rows of open runs, origins of
/// deliveries. In batches, each a transaction; broken off, it can be begun again; done twice, the second time
/// changes nothing. `conflict` while a dispatcher owns partitions; meanwhile none can take any.
///
/// What events don't say stays as it stands and can't be made anew: the group of a run, the causes of runs
/// other than deliveries (idempotency keys), and the head row of a run whose d/0 can't be read. `tell` hears
/// of runs that don't fold. Stored folds, a cache, are dropped, and so are the listeners
/// of open runs with what they have heard: whoever owns a run puts them anew, and looks back to where they
/// began.
Result<RebuildReport> rebuild_indexes(const std::string& url,
                                      const std::function<void(const LogProblem&)>& tell);

}  // namespace callboard::log
