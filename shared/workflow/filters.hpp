#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/workflow/event_facts.hpp"
#include "shared/workflow/glob.hpp"

namespace callboard::workflow {

/// What becomes of an event that comes from a fork (EventFacts::is_from_fork).
enum class Forks : std::uint8_t {
  no_secrets,  // its run gets no secrets
  approve,     // its run begins once a person has approved it, and gets them then
  refuse,      // it starts nothing
};

/// What an event trigger asks of an event beside its name. What is empty asks nothing; all that is asked must
/// hold.
struct Filters {
  /// Of branches and tags: where only one of the two is filtered, the other kind of ref does not start
  /// anything; where both are, each ref is held against its own.
  Globs branches, branches_ignore, tags, tags_ignore;
  /// One changed file that is accepted is enough; ignored is a change all of whose files are.
  Globs paths, paths_ignore;
  std::vector<std::string> labels;  // one of them, without case
  std::vector<std::string> actors, actors_ignore;
  bool bots = false;  // what bots cause starts it too
  Forks forks = Forks::no_secrets;
};

/// The first filter that does not hold, with what was wanted and what was found, at most
/// limits::kVerdictBytes; nothing if all hold.
std::optional<std::string> find_objection(const Filters& filters, const EventFacts& facts);

}  // namespace callboard::workflow
