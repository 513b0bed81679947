#include "shared/workflow/known_events.hpp"

#include <algorithm>
#include <array>

#include "shared/base/text.hpp"
#include "shared/expression/casing.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::workflow {
namespace {

struct KnownEvent {
  std::string_view source;
  std::string_view name;
  std::string_view actions;  // with a space between them
  bool has_none = false;     // it has no actions, and won't
};

/// GitHub's of its webhook reference (https://docs.github.com/webhooks/webhook-events-and-payloads), Linear's
/// of https://linear.app/developers/webhooks.
constexpr std::array kEvents = {
    KnownEvent{kGitHub, "branch_protection_configuration", "disabled enabled"},
    KnownEvent{kGitHub, "branch_protection_rule", "created deleted edited"},
    KnownEvent{kGitHub, "check_run", "completed created requested_action rerequested"},
    KnownEvent{kGitHub, "check_suite", "completed requested rerequested"},
    KnownEvent{kGitHub, "code_scanning_alert",
               "appeared_in_branch closed_by_user created fixed reopened reopened_by_user"},
    KnownEvent{kGitHub, "commit_comment", "created"},
    KnownEvent{kGitHub, "create", "", true},
    KnownEvent{kGitHub, "custom_property", "created deleted promote_to_enterprise updated"},
    KnownEvent{kGitHub, "custom_property_values", "updated"},
    KnownEvent{kGitHub, "delete", "", true},
    KnownEvent{kGitHub, "dependabot_alert",
               "auto_dismissed auto_reopened created dismissed fixed reintroduced reopened"},
    KnownEvent{kGitHub, "deploy_key", "created deleted"},
    KnownEvent{kGitHub, "deployment", "created"},
    KnownEvent{kGitHub, "deployment_protection_rule", "requested"},
    KnownEvent{kGitHub, "deployment_review", "approved rejected requested"},
    KnownEvent{kGitHub, "deployment_status", "created"},
    KnownEvent{kGitHub, "discussion",
               "answered category_changed closed created deleted edited labeled locked pinned reopened "
               "transferred unanswered unlabeled unlocked unpinned"},
    KnownEvent{kGitHub, "discussion_comment", "created deleted edited"},
    KnownEvent{kGitHub, "fork", "", true},
    KnownEvent{kGitHub, "github_app_authorization", "revoked"},
    KnownEvent{kGitHub, "gollum", "", true},
    KnownEvent{kGitHub, "installation", "created deleted new_permissions_accepted suspend unsuspend"},
    KnownEvent{kGitHub, "installation_repositories", "added removed"},
    KnownEvent{kGitHub, "installation_target", "renamed"},
    KnownEvent{kGitHub, "issue_comment", "created deleted edited"},
    KnownEvent{kGitHub, "issue_dependencies",
               "blocked_by_added blocked_by_removed blocking_added blocking_removed"},
    KnownEvent{kGitHub, "issues",
               "assigned closed deleted demilestoned edited labeled locked milestoned opened pinned reopened "
               "transferred typed unassigned unlabeled unlocked unpinned untyped"},
    KnownEvent{kGitHub, "label", "created deleted edited"},
    KnownEvent{kGitHub, "marketplace_purchase",
               "cancelled changed pending_change pending_change_cancelled purchased"},
    KnownEvent{kGitHub, "member", "added edited removed"},
    KnownEvent{kGitHub, "membership", "added removed"},
    KnownEvent{kGitHub, "merge_group", "checks_requested destroyed"},
    KnownEvent{kGitHub, "meta", "deleted"},
    KnownEvent{kGitHub, "milestone", "closed created deleted edited opened"},
    KnownEvent{kGitHub, "org_block", "blocked unblocked"},
    KnownEvent{kGitHub, "organization", "deleted member_added member_invited member_removed renamed"},
    KnownEvent{kGitHub, "package", "published updated"},
    KnownEvent{kGitHub, "page_build", "", true},
    KnownEvent{kGitHub, "personal_access_token_request", "approved cancelled created denied"},
    KnownEvent{kGitHub, "ping", ""},
    KnownEvent{kGitHub, "project", "closed created deleted edited reopened"},
    KnownEvent{kGitHub, "project_card", "converted created deleted edited moved"},
    KnownEvent{kGitHub, "project_column", "created deleted edited moved"},
    KnownEvent{kGitHub, "projects_v2", "closed created deleted edited reopened"},
    KnownEvent{kGitHub, "projects_v2_item", "archived converted created deleted edited reordered restored"},
    KnownEvent{kGitHub, "projects_v2_status_update", "created deleted edited"},
    KnownEvent{kGitHub, "public", "", true},
    KnownEvent{kGitHub, "pull_request",
               "assigned auto_merge_disabled auto_merge_enabled closed converted_to_draft demilestoned "
               "dequeued edited enqueued labeled locked milestoned opened ready_for_review reopened "
               "review_request_removed review_requested synchronize unassigned unlabeled unlocked"},
    KnownEvent{kGitHub, "pull_request_review", "dismissed edited submitted"},
    KnownEvent{kGitHub, "pull_request_review_comment", "created deleted edited"},
    KnownEvent{kGitHub, "pull_request_review_thread", "resolved unresolved"},
    KnownEvent{kGitHub, "push", "", true},
    KnownEvent{kGitHub, "registry_package", "published updated"},
    KnownEvent{kGitHub, "release", "created deleted edited prereleased published released unpublished"},
    KnownEvent{kGitHub, "repository",
               "archived created deleted edited privatized publicized renamed transferred unarchived"},
    KnownEvent{kGitHub, "repository_advisory", "published reported"},
    KnownEvent{kGitHub, kDispatched, ""},
    KnownEvent{kGitHub, "repository_import", ""},
    KnownEvent{kGitHub, "repository_ruleset", "created deleted edited"},
    KnownEvent{kGitHub, "repository_vulnerability_alert", "create dismiss reopen resolve"},
    KnownEvent{kGitHub, "secret_scanning_alert",
               "assigned created publicly_leaked reopened resolved unassigned validated"},
    KnownEvent{kGitHub, "secret_scanning_alert_location", "created"},
    KnownEvent{kGitHub, "secret_scanning_scan", "completed"},
    KnownEvent{kGitHub, "security_advisory", "published updated withdrawn performed"},
    KnownEvent{kGitHub, "security_and_analysis", ""},
    KnownEvent{kGitHub, "sponsorship",
               "cancelled created edited pending_cancellation pending_tier_change tier_changed"},
    KnownEvent{kGitHub, "star", "created deleted"},
    KnownEvent{kGitHub, "status", "", true},
    KnownEvent{kGitHub, "sub_issues",
               "parent_issue_added parent_issue_removed sub_issue_added sub_issue_removed"},
    KnownEvent{kGitHub, "team", "added_to_repository created deleted edited removed_from_repository"},
    KnownEvent{kGitHub, "team_add", "", true},
    KnownEvent{kGitHub, "watch", "started"},
    KnownEvent{kGitHub, "workflow_dispatch", ""},
    KnownEvent{kGitHub, "workflow_job", "completed in_progress queued waiting"},
    KnownEvent{kGitHub, "workflow_run", "completed in_progress requested"},
    KnownEvent{kLinear, "AgentSessionEvent", "created prompted"},
    KnownEvent{kLinear, "AppUserNotification", ""},
    KnownEvent{kLinear, "Attachment", "create update remove"},
    KnownEvent{kLinear, "Comment", "create update remove"},
    KnownEvent{kLinear, "Customer", "create update remove"},
    KnownEvent{kLinear, "CustomerNeed", "create update remove"},
    KnownEvent{kLinear, "Cycle", "create update remove"},
    KnownEvent{kLinear, "Document", "create update remove"},
    KnownEvent{kLinear, "Initiative", "create update remove"},
    KnownEvent{kLinear, "InitiativeUpdate", "create update remove"},
    KnownEvent{kLinear, "Issue", "create update remove"},
    KnownEvent{kLinear, "IssueLabel", "create update remove"},
    KnownEvent{kLinear, "IssueSLA", "set highRisk breached"},
    KnownEvent{kLinear, "OAuthApp", "revoked"},
    KnownEvent{kLinear, "PermissionChange", ""},
    KnownEvent{kLinear, "Project", "create update remove"},
    KnownEvent{kLinear, "ProjectLabel", "create update remove"},
    KnownEvent{kLinear, "ProjectUpdate", "create update remove"},
    KnownEvent{kLinear, "Reaction", "create update remove"},
    KnownEvent{kLinear, "User", "create update remove"},
};

/// What people expect of GitHub that it tells in another way.
struct OtherName {
  std::string_view name;
  std::string_view remedy;
};
constexpr std::array kOtherNames = {
    OtherName{"pull_request.merged", "pull_request.closed, with if: event.pull_request.merged"},
    OtherName{"pull_request.created", "pull_request.opened"},
    OtherName{"pull_request.updated", "pull_request.synchronize"},
    OtherName{"pull_request.push", "pull_request.synchronize"},
    OtherName{"pull_request.pushed", "pull_request.synchronize"},
    OtherName{"pull_request.draft", "pull_request.converted_to_draft"},
    OtherName{"pull_request.commented", "issue_comment.created, with if: event.issue.pull_request"},
    OtherName{"pull_request.approved",
              "pull_request_review.submitted, with if: event.review.state == 'approved'"},
    OtherName{"pull_request_review.approved",
              "pull_request_review.submitted, with if: event.review.state == 'approved'"},
    OtherName{"issues.created", "issues.opened"},
    OtherName{"issues.updated", "issues.edited"},
    OtherName{"issues.commented", "issue_comment.created"},
    OtherName{"issue_comment.added", "issue_comment.created"},
    OtherName{"workflow_run.success",
              "workflow_run.completed, with if: event.workflow_run.conclusion == 'success'"},
    OtherName{"workflow_run.failure",
              "workflow_run.completed, with if: event.workflow_run.conclusion == 'failure'"},
    OtherName{"check_suite.success",
              "check_suite.completed, with if: event.check_suite.conclusion == 'success'"},
    OtherName{"check_suite.failure",
              "check_suite.completed, with if: event.check_suite.conclusion == 'failure'"},
    OtherName{"check_run.success", "check_run.completed, with if: event.check_run.conclusion == 'success'"},
    OtherName{"check_run.failure", "check_run.completed, with if: event.check_run.conclusion == 'failure'"},
};

std::vector<std::string_view> split(std::string_view words) {
  std::vector<std::string_view> out;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    out.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

/// pinned and unpinned, repository and repository_import: a name may be made of another.
bool is_made_of(std::string_view word, std::string_view other) {
  if (word.size() < other.size()) std::swap(word, other);
  const std::size_t more = word.size() - other.size();
  return (word.ends_with(other) && more > 1) || (word.starts_with(other) && more > 2);
}

/// The known name that `word` is meant to be, or empty.
std::string_view find_meant(std::string_view word, const std::vector<std::string_view>& known) {
  for (const std::string_view name : known) {
    if (expression::is_same_without_case(word, name)) return name;
  }
  const std::string_view nearest = nearest_name(word, known);
  return nearest.empty() || is_made_of(word, nearest) ? std::string_view() : nearest;
}

/// The same of an action, where open also means opened.
std::string_view find_meant_action(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLeast = 4;
  if (const std::string_view meant = find_meant(word, known); !meant.empty()) return meant;
  const auto longer = std::ranges::find_if(known, [&](std::string_view action) {
    return word.size() >= kLeast && action.starts_with(word) && action.size() - word.size() <= 2;
  });
  return longer == known.end() ? std::string_view() : *longer;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(std::string_view word) {
  return !word.empty() && is_letter(word.front()) &&
         std::ranges::all_of(word, [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_dispatched(std::string_view action) {
  return !action.empty() && action.size() <= kDispatchedBytes && std::ranges::all_of(action, [](char c) {
    return is_letter(c) || is_digit(c) || kDispatchedSigns.contains(c);
  });
}

const KnownEvent* find_known(std::string_view source, std::string_view name) {
  const auto found = std::ranges::find_if(
      kEvents, [&](const KnownEvent& event) { return event.name == name && event.source == source; });
  return found == kEvents.end() ? nullptr : &*found;
}

std::string meant_name(std::string_view source, std::string_view word) {
  std::vector<std::string_view> names;
  for (const KnownEvent& event : kEvents) {
    if (event.source == source) names.push_back(event.name);
  }
  return std::string(find_meant(word, names));
}

}  // namespace

bool is_event_name(std::string_view source, std::string_view name) {
  const std::size_t point = name.find('.');
  const std::string_view event = name.substr(0, point);
  if (point == std::string_view::npos) return is_word(event);
  const std::string_view action = name.substr(point + 1);
  if (source == kGitHub && event == kDispatched) return is_dispatched(action);
  return is_word(event) && is_word(action);
}

bool is_github_event(std::string_view name) { return find_known(kGitHub, name) != nullptr; }

std::vector<std::string_view> events_without_action(std::string_view source) {
  std::vector<std::string_view> out;
  for (const KnownEvent& event : kEvents) {
    if (event.source == source && event.has_none) out.push_back(event.name);
  }
  return out;
}

std::string find_misspelling(std::string_view source, std::string_view name) {
  const std::size_t point = std::min(name.find('.'), name.size());
  const std::string_view action = name.substr(std::min(point + 1, name.size()));
  const std::string_view written = name.substr(0, point);
  const KnownEvent* known = find_known(source, written);
  const bool is_known = known != nullptr;
  if (!is_known) known = find_known(source, meant_name(source, written));
  if (known == nullptr) return {};
  const std::string event(known->name);
  if (known->has_none && !action.empty()) return event + " has no actions: write " + event;
  const bool is_action = action.empty() || has_word(known->actions, action);
  const std::string_view meant = is_action ? action : find_meant_action(action, split(known->actions));
  if (is_known && is_action) return {};
  const auto other = std::ranges::find(kOtherNames, name, &OtherName::name);
  if (source == kGitHub && other != kOtherNames.end())
    return "GitHub sends no such event: write " + std::string(other->remedy);
  if (is_known && meant.empty()) return {};
  const std::string_view shown = meant.empty() ? action : meant;
  return std::string(source == kGitHub ? "GitHub" : "Linear") + " sends no such event: did you mean '" +
         event + (shown.empty() ? "" : "." + std::string(shown)) + "'?";
}

}  // namespace callboard::workflow
