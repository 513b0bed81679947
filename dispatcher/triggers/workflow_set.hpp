#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dispatcher/triggers/current_workflow.hpp"
#include "shared/log/log.hpp"
#include "shared/value/value.hpp"

namespace callboard::dispatcher {

/// What a delivery means for the workflows that listen to its source and event.
struct Match {
  std::vector<log::Verdict> verdicts;  // one each; `run` is filled in by who makes the runs
  struct Start {
    CurrentWorkflowPtr workflow;
    std::string inputs;           // compact JSON: the defaults
    bool needs_approval = false;  // as in run::Created
  };
  std::vector<std::optional<Start>> starts;  // beside each verdict
  bool untrusted = false;                    // people from outside caused the event (run::Created)
};

/// What it means for one workflow alone; nothing where it is null or does not listen.
Match match_workflow(const CurrentWorkflowPtr& workflow, std::string_view source, std::string_view event,
                     const Value* payload);

/// The current workflows, with an index of what they listen to. On the loop.
class WorkflowSet {
 public:
  void put(CurrentWorkflowPtr workflow);
  void remove(std::string_view slug);

  /// Null if the name means nothing.
  CurrentWorkflowPtr find(std::string_view slug) const;
  /// In the order of their slugs.
  std::vector<CurrentWorkflowPtr> list() const;

  /// Those that listen to /webhooks/custom/<path>, all with the same secret.
  std::span<const CurrentWorkflowPtr> find_webhooks(std::string_view path) const;
  /// The slugs whose runs' ends some workflow listens to, or its runs.
  std::set<std::string> listened() const;

  /// Whether some workflow listens to the event (its part before the action), and then looks at the payload:
  /// who sent it stands there.
  bool wants_payload(std::string_view source, std::string_view event) const;
  /// Whether a run of some workflow may wait for it, or be cancelled by it.
  bool is_awaited(std::string_view source, std::string_view event) const;
  /// `event` with its action. `payload` may be null where nobody wants it.
  Match match(std::string_view source, std::string_view event, const Value* payload) const;
  /// Of all current workflows: equal sets give equal hashes.
  const std::string& hash() const { return hash_; }

 private:
  using Listeners = std::vector<CurrentWorkflowPtr>;
  struct Less {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a < b; }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  const Listeners* find_listeners(std::string_view source, std::string_view event) const;
  void reindex();

  std::map<std::string, CurrentWorkflowPtr, Less> by_slug_;
  std::map<std::string, std::unordered_map<std::string, Listeners, Hash, std::equal_to<>>, Less> by_event_;
  std::set<std::pair<std::string, std::string>> awaited_;  // sources and keys
  std::string hash_;
};

}  // namespace callboard::dispatcher
