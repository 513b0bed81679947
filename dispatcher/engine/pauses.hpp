#pragma once

#include <map>
#include <string>
#include <vector>

#include "dispatcher/engine/open_run.hpp"
#include "shared/log/log.hpp"
#include "shared/run/decide.hpp"

namespace callboard::dispatcher {

/// The pauses of scopes as this process has heard of them last. On the loop.
class Pauses {
 public:
  /// True: they differ from what was known.
  bool learn(std::vector<log::Pause> standing);
  /// The narrowest that stands over the run (its workflow's, its source's, everything's), or null. Borrowed
  /// until the next `learn`.
  const run::Hold* find_over(const OpenRun& run) const;
  /// What was decided of the run does not say what stands over it now.
  bool is_news_to(const OpenRun& run) const;
  const std::vector<log::Pause>& standing() const { return standing_; }

 private:
  using Holds = std::map<std::string, run::Hold, std::less<>>;  // by name

  std::vector<log::Pause> standing_;
  Holds workflows_;
  Holds sources_;
  Holds all_;
};

}  // namespace callboard::dispatcher
