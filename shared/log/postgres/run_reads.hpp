#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

/// Reads whole runs: a lone one at once, those that are asked for meanwhile together, so that a dispatcher
/// that takes over thousands of runs asks hundreds of questions. On the loop.
class RunReads {
 public:
  explicit RunReads(Readers& readers) : readers_(readers) {}

  /// Events in the order of their positions; `not_found` if there is no such run.
  void read(const RunId& run, Done<std::vector<run::Event>> done);

 private:
  struct Wish {
    RunId run;
    Done<std::vector<run::Event>> done;
  };

  void ask();
  void answer(std::vector<Wish> wishes, Result<std::vector<run::Event>> events);

  Readers& readers_;
  std::deque<Wish> waiting_;
  std::size_t under_way_ = 0;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // answers on their way look whether it is gone
};

}  // namespace callboard::log
