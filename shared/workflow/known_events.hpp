#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The events of GitHub and Linear by name, for messages: their senders add to them, so that a name is
/// refused only where it is surely meant to be another.
namespace callboard::workflow {

/// Whether GitHub sends events of this name, which is without an action.
bool is_github_event(std::string_view name);

/// Names of a source's events that have no actions, and won't.
std::vector<std::string_view> events_without_action(std::string_view source);

/// What is wrong with an event's name, with the one that is meant; empty where nothing is, or it may be an
/// event that is not known here. `source`: github or linear.
std::string find_misspelling(std::string_view source, std::string_view name);

}  // namespace callboard::workflow
