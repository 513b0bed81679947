#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/log/log.hpp"

namespace callboard::log {

/// Ends of runs that start other runs. A port of the log; see log.hpp for what holds of all of them.
class RunEnds {
 public:
  virtual ~RunEnds() = default;

  /// From the answer on every close of a run of these workflows (slugs) leaves an end, in the close's own
  /// transaction. They stay wanted for ever: an end that nobody makes use of costs a row for a moment.
  virtual void listen(std::vector<std::string> workflows, Done<bool> done) = 0;

  /// A run has closed by its decision d/<decision>; one that is rewound may end again, by another.
  struct End {
    Partition partition = 0;
    RunId run;
    std::uint32_t decision = 0;

    friend bool operator==(const End&, const End&) = default;
  };
  /// Ends of runs in these partitions that were not removed yet, by partition and run.
  virtual void read(std::vector<Partition> partitions, int limit, Done<std::vector<End>> done) = 0;
  /// Whoever made an arrival of an end removes it; twice is once.
  virtual void remove(std::vector<End> ends, Done<bool> done) = 0;
};

}  // namespace callboard::log
