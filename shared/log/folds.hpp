#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/log/log.hpp"

/// Stored folds: a cache beside the log, so that a long run is not read from its first event. Whatever is
/// lost, refused or dropped here costs time and nothing else. The rules of the ports in log.hpp hold.
namespace callboard::log {

/// A fold at one of a run's checkpoints.
struct StoredFold {
  RunId run;
  std::string checkpoint;     // its id
  std::string base;           // the id of the whole one that it rests on; empty: it is whole itself
  std::string definition;     // hash
  std::int64_t position = 0;  // of the checkpoint's event: none behind it is in the fold
  std::uint32_t events = 0;   // in it
  std::string seen;           // Opened::seen of the read that it was made of
  std::int64_t since = 0;     // no event that it lacks is of an earlier transaction
  Time at{};                  // set by the log
  std::string data;           // see shared/run/stored_fold.hpp
};

class Folds {
 public:
  virtual ~Folds() = default;

  /// A run as far as its fold is stored, and the rest of it.
  struct Opened {
    /// None, or a whole one, or a whole one and one that rests on it.
    std::vector<StoredFold> folds;
    /// Those that the last fold lacks, all if there is none; in the order of their positions. One whose
    /// position is before the fold's was committed later than events behind it.
    std::vector<run::Event> events;
    std::vector<std::int64_t> transactions;  // of the events, one each
    std::string seen;                        // which transactions this read saw
    std::int64_t settled = 0;                // all earlier transactions had ended
  };
  /// `not_found` if there is no such run. A fold from another database (its log was dumped and restored) is
  /// as none.
  virtual void open(const RunId& run, Done<Opened> done) = 0;

  /// A whole fold takes the place of all that the run has; another one of any that rests on the same whole
  /// one. False, and nothing stored: that one is gone, or there is no such run.
  virtual void save(StoredFold fold, Done<bool> done) = 0;
  virtual void list(const RunId& run, Done<std::vector<StoredFold>> done) = 0;  // without data
  /// Drops those of a run; answers with their number.
  virtual void drop(const RunId& run, Done<int> done) = 0;
  /// Open runs of a partition that have one.
  virtual void stored_runs(Partition partition, Done<std::vector<RunId>> done) = 0;
};

}  // namespace callboard::log
