#pragma once

#include <functional>

#include "shared/log/archive/definitions.hpp"
#include "shared/log/archive/heads.hpp"

namespace callboard::log {

/// The head row that a run's events make, folded or, where they don't fold, guessed: `tell` then hears why.
/// Nothing where d/0 can't be read. The error is the database's.
Result<std::optional<HeadWrite>> remake_head(Definitions& definitions, const std::vector<run::Event>& events,
                                             const std::string& group, Partition partitions,
                                             const std::function<void(const LogProblem&)>& tell);

}  // namespace callboard::log
