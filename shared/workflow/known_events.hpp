#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The events of GitHub and Linear by name, for messages: their senders add to them, so that a name is
/// refused only where it is surely meant to be another.
namespace callboard::workflow {

/// The event whose action is the text that its caller chose: repository_dispatch.deploy-prod.
inline constexpr std::string_view kDispatched = "repository_dispatch";
/// The action's length in bytes; GitHub takes no longer one.
inline constexpr std::size_t kDispatchedBytes = 100;
/// What an action that its caller chose holds beside letters, digits and _.
inline constexpr std::string_view kDispatchedSigns = ".:/-";

/// Whether a source may send an event of this name: pull_request.opened, Issue. Letters, digits and _ with
/// one point at most, none of the two words beginning with a digit; GitHub's repository_dispatch more than
/// that.
bool is_event_name(std::string_view source, std::string_view name);

/// Whether GitHub sends events of this name, which is without an action.
bool is_github_event(std::string_view name);

/// Names of a source's events that have no actions, and won't.
std::vector<std::string_view> events_without_action(std::string_view source);

/// What is wrong with an event's name, with the one that is meant; empty where nothing is, or it may be an
/// event that is not known here. `source`: github or linear.
std::string find_misspelling(std::string_view source, std::string_view name);

}  // namespace callboard::workflow
