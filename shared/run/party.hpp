#pragma once

#include <string>

#include "shared/run/event.hpp"
#include "shared/value/value.hpp"

/// Parties: those between whom the dispatcher shares what workers can take. One that has thousands of jobs
/// does not hold up another's one.
namespace callboard::run {

/// Whom the event speaks of: "github:acme/widgets" (repository.full_name), "linear:ENG" (data.team.key).
/// Empty where it names neither. What goes into Created::party.
std::string find_party(const std::string& source, const Value* event);

/// Whose turns a run's jobs take: the party of its event, else its throttle, its group, its workflow.
std::string party_of(const Created& created);

}  // namespace callboard::run
