#include "shared/workflow/event_facts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_set>

#include "shared/base/limits.hpp"
#include "shared/value/read.hpp"

namespace callboard::workflow {
namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";
constexpr std::size_t kPushCommits = 2'048;  // GitHub puts no more into a payload

constexpr std::string_view kBase = "pull_request.base.ref";
constexpr std::string_view kPullLabels = "pull_request.labels";

constexpr std::array kKinds = {
    EventKind{"github", "push", "ref", "ref", "", true},
    EventKind{"github", "create", "ref", "ref", ""},
    EventKind{"github", "delete", "ref", "ref", ""},
    EventKind{"github", "pull_request", kBase, "", kPullLabels},
    EventKind{"github", "pull_request_review", kBase, "", kPullLabels},
    EventKind{"github", "pull_request_review_comment", kBase, "", kPullLabels},
    EventKind{"github", "pull_request_review_thread", kBase, "", kPullLabels},
    EventKind{"github", "merge_group", "merge_group.base_ref", "", ""},
    EventKind{"github", "workflow_run", "workflow_run.head_branch", "", ""},
    EventKind{"github", "workflow_job", "workflow_job.head_branch", "", ""},
    EventKind{"github", "check_suite", "check_suite.head_branch", "", ""},
    EventKind{"github", "check_run", "check_run.check_suite.head_branch", "", ""},
    EventKind{"github", "release", "", "release.tag_name", ""},
    EventKind{"github", "issues", "", "", "issue.labels"},
    EventKind{"github", "issue_comment", "", "", "issue.labels"},
    EventKind{"github", "discussion", "", "", "discussion.labels"},
    EventKind{"github", "discussion_comment", "", "", "discussion.labels"},
    EventKind{"linear", "Issue", "", "", "data.labels"},
};

const Value* find_path(const Value& payload, std::string_view path) {
  const Value* at = &payload;
  while (at != nullptr && !path.empty()) {
    const std::size_t point = path.find('.');
    at = find(at, path.substr(0, point));
    path = point == std::string_view::npos ? std::string_view() : path.substr(point + 1);
  }
  return at;
}

std::string_view text_at(const Value& payload, std::string_view path) {
  const Value* value = find_path(payload, path);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::span<const EventKind> event_kinds() { return kKinds; }

const EventKind* find_event_kind(std::string_view source, std::string_view event) {
  event = event.substr(0, event.find('.'));
  const auto* found = std::ranges::find_if(
      kKinds, [&](const EventKind& kind) { return kind.event == event && kind.source == source; });
  return found == kKinds.end() ? nullptr : found;
}

EventFacts::EventFacts(std::string_view source, std::string_view event, const Value& payload)
    : source_(source), event_(event), payload_(payload) {
  if (const EventKind* kind = find_event_kind(source, event)) {
    read_ref(*kind);
    read_labels(*kind);
  }
  if (source == "github") {
    read_sender();
    read_origin();
  }
  if (source == "linear") read_linear_actor();
  if (source == "workflow") {
    const Value* untrusted = find_path(payload_, "run.untrusted");
    is_from_fork_ = untrusted != nullptr && untrusted->is_bool() && untrusted->get_bool();
  }
}

/// push and merge_group give whole refs, create and delete a name beside its kind, others a branch's or tag's
/// name.
void EventFacts::read_ref(const EventKind& kind) {
  if (kind.branch.empty()) {
    if (!kind.tag.empty()) tag_ = text_at(payload_, kind.tag);
    return;
  }
  const std::string_view ref = text_at(payload_, kind.branch);
  if (ref.starts_with(kHeads)) {
    branch_ = ref.substr(kHeads.size());
  } else if (ref.starts_with(kTags) && !kind.tag.empty()) {
    tag_ = ref.substr(kTags.size());
  } else if (!kind.tag.empty() && find_text(&payload_, "ref_type") == "tag") {
    tag_ = ref;
  } else {
    branch_ = ref;
  }
  const Value* deleted = kind.paths ? find(&payload_, "deleted") : nullptr;
  deletes_ref_ = deleted != nullptr && deleted->is_bool() && deleted->get_bool();
}

void EventFacts::read_labels(const EventKind& kind) {
  if (kind.labels.empty()) return;
  if (event_.ends_with(".labeled") || event_.ends_with(".unlabeled")) {
    labels_.push_back(text_at(payload_, "label.name"));
    return;
  }
  const Value* labels = find_path(payload_, kind.labels);
  if (labels == nullptr || !labels->is_array()) return;
  for (const Value& label : labels->get_array()) labels_.push_back(find_text(&label, "name"));
}

void EventFacts::read_sender() {
  const std::string_view login = text_at(payload_, "sender.login");
  if (!login.empty()) actors_.push_back(login);
  if (text_at(payload_, "sender.type") == "Bot" || login.ends_with("[bot]"))
    bot_ = std::string(login) + " is a bot";
}

/// A head whose repository is gone was a fork.
void EventFacts::read_origin() {
  for (const std::string_view head : {"pull_request.head", "workflow_run"}) {
    const Value* from = find_path(payload_, head);
    const bool is_run = head == "workflow_run";
    const Value* repository = find(from, is_run ? "head_repository" : "repo");
    if (repository == nullptr) continue;
    const Value* base = find_path(payload_, is_run ? "workflow_run.repository" : "pull_request.base.repo");
    if (base == nullptr) base = find(&payload_, "repository");
    const Value* id = find(repository, "id");
    const Value* base_id = find(base, "id");
    const bool is_same = id != nullptr && base_id != nullptr
                             ? *id == *base_id
                             : find_text(repository, "full_name") == find_text(base, "full_name");
    is_from_fork_ = is_from_fork_ || repository->is_null() || !is_same;
  }
}

void EventFacts::read_linear_actor() {
  const Value* actor = find(&payload_, "actor");
  for (const std::string_view field : {"name", "email", "id"}) {
    if (const auto name = find_text(actor, field); !name.empty()) actors_.push_back(name);
  }
  const std::string_view type = find_text(actor, "type");
  const std::string name = actors_.empty() ? std::string("its actor") : std::string(actors_.front());
  // data.botActor tells who made an entity, whoever changes it later.
  const Value* maker = find_path(payload_, "data.botActor");
  const bool was_made_by_bot =
      find_text(&payload_, "action") == "create" && maker != nullptr && maker->is_object();
  if (!type.empty() && !equal_without_case(type, "user")) {
    bot_ = name + " is no person (type " + std::string(type) + ")";
  } else if (was_made_by_bot) {
    bot_ = std::string(find_text(maker, "name", "its botActor")) + " is a bot";
  }
}

std::string EventFacts::ref_text() const {
  const std::string_view event = event_.substr(0, event_.find('.'));
  if (branch_.empty() && tag_.empty()) return "the payload names none";
  if (event == "push") {
    return "the push is to " + std::string(branch_.empty() ? kTags : kHeads) +
           std::string(branch_.empty() ? tag_ : branch_);
  }
  if (!tag_.empty()) return "the tag is " + std::string(tag_);
  const bool has_base = event.starts_with("pull_request") || event == "merge_group";
  return (has_base ? "the base is " : "the branch is ") + std::string(branch_);
}

const std::optional<std::vector<std::string_view>>& EventFacts::paths() const {
  if (has_paths_) return paths_;
  has_paths_ = true;
  const Value* commits = find(&payload_, "commits");
  if (commits == nullptr || !commits->is_array() || commits->get_array().size() >= kPushCommits)
    return paths_;
  std::unordered_set<std::string_view> seen;
  std::vector<std::string_view> out;
  for (const Value& commit : commits->get_array()) {
    for (const std::string_view change : {"added", "modified", "removed"}) {
      const Value* names = find(&commit, change);
      if (names == nullptr || !names->is_array()) continue;
      for (const Value& name : names->get_array()) {
        if (!name.is_string() || !seen.insert(name.get_string()).second) continue;
        if (out.size() == limits::kFilteredPaths) return paths_;
        out.push_back(name.get_string());
      }
    }
  }
  paths_ = std::move(out);
  return paths_;
}

}  // namespace callboard::workflow
