#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/value/value.hpp"

namespace callboard::workflow {

/// An event that filters know how to look into: where in its payload they find what they compare. What is
/// empty the event does not have.
struct EventKind {
  std::string_view source;  // "github"
  std::string_view event;   // without its action
  std::string_view branch;  // path of the branch's name
  std::string_view tag;     // path of the tag's name
  std::string_view labels;  // path of the list of labels
  bool paths = false;       // the payload names the files that were changed
};
std::span<const EventKind> event_kinds();
/// Null where filters know nothing of it. `event` with or without an action.
const EventKind* find_event_kind(std::string_view source, std::string_view event);

/// What filters ask of one event, found in its payload once for all workflows. Borrows the payload.
class EventFacts {
 public:
  EventFacts(std::string_view source, std::string_view event, const Value& payload);

  std::string_view source() const { return source_; }
  std::string_view event() const { return event_; }
  const Value& payload() const { return payload_; }

  /// The branch or the tag that the event is about; neither where the payload does not say.
  std::string_view branch() const { return branch_; }
  std::string_view tag() const { return tag_; }
  /// How to speak of it: "the push is to refs/heads/dev".
  std::string ref_text() const;
  /// A push that deletes its ref.
  bool deletes_ref() const { return deletes_ref_; }
  /// Of labeled and unlabeled the label that came or went, of others all that there are.
  const std::vector<std::string_view>& labels() const { return labels_; }
  /// Names of who caused it: a login; of Linear name, email and id.
  const std::vector<std::string_view>& actors() const { return actors_; }
  /// A pull request, or the workflow run of one, whose head is in another repository than its base: what it
  /// holds comes from people who may not write here. So does the end of a run that such an event started.
  bool is_from_fork() const { return is_from_fork_; }
  /// Nothing, or why its sender counts as a program: "dependabot[bot] is a bot".
  const std::optional<std::string>& bot() const { return bot_; }

  /// The files that the commits of a push added, changed or removed, each once; nothing where the payload
  /// can't tell all of them, or they are more than limits::kFilteredPaths.
  const std::optional<std::vector<std::string_view>>& paths() const;

 private:
  void read_ref(const EventKind& kind);
  void read_labels(const EventKind& kind);
  void read_sender();
  void read_origin();
  void read_linear_actor();

  std::string_view source_;
  std::string_view event_;
  const Value& payload_;
  std::string_view branch_;
  std::string_view tag_;
  bool deletes_ref_ = false;
  bool is_from_fork_ = false;
  std::vector<std::string_view> labels_;
  std::vector<std::string_view> actors_;
  std::optional<std::string> bot_;
  mutable bool has_paths_ = false;  // asked for by few: found when first asked for
  mutable std::optional<std::vector<std::string_view>> paths_;
};

}  // namespace callboard::workflow
