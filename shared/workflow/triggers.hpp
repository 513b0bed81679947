#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/expression/template.hpp"
#include "shared/schedule/schedule.hpp"
#include "shared/value/json_schema.hpp"
#include "shared/value/value.hpp"
#include "shared/workflow/filters.hpp"
#include "shared/workflow/holding.hpp"
#include "shared/workflow/problem.hpp"

namespace callboard::workflow {

/// What an entry of `on.github` or `on.linear` says; `on.workflow` and `on.webhook` are events too.
struct EventTrigger {
  std::string source;  // "github", "linear", "workflow", "webhook"
  /// pull_request.opened; pull_request stands for every action. Of workflow and webhook whole names alone:
  /// nightly.completed; the path.
  std::vector<std::string> events;
  Filters filters;
  std::optional<expression::Expression> condition;  // over `event` alone
};

/// What becomes of ticks that were missed while no dispatcher ran.
enum class CatchUp : std::uint8_t { none, latest, all };
/// What becomes of a tick while a run of the same schedule is open.
enum class Overlap : std::uint8_t { skip, queue, allow };

/// One entry of `on.schedule`.
struct ScheduleTrigger {
  schedule::Schedule times;
  CatchUp catchup = CatchUp::latest;
  Overlap overlap = Overlap::skip;
  Micros jitter{0};
};
std::string_view to_string(CatchUp catchup);
std::string_view to_string(Overlap overlap);

/// What `on.webhook` says: requests to /webhooks/custom/<path>.
struct WebhookTrigger {
  enum class Scheme : std::uint8_t { hmac, bearer, none };

  std::string path;
  Position at;  // of the path in its file
  Scheme scheme = Scheme::hmac;
  std::string secret;  // the name of a variable of the dispatcher's environment; of none empty
  std::string header;  // that carries the signature or the secret …
  std::string prefix;  // … behind this
  /// What makes two requests one, over `event` alone; without it the header `key_header` does, and a request
  /// without that one is no other's repeat.
  std::optional<expression::Text> key;
  std::string key_header;
  std::optional<JsonSchema> schema;  // of the payload
};

struct Triggers {
  std::vector<EventTrigger> events;
  std::optional<WebhookTrigger> webhook;  // its event stands among `events`
  std::vector<ScheduleTrigger> schedules;
  std::optional<Holding> holding;  // of events
  bool manual = false;
};

/// Whether two workflows can stand behind one path: the same secret, told in the same way.
bool is_same_sender(const WebhookTrigger& a, const WebhookTrigger& b);
/// What makes the request one with another: the key; empty: nothing does. `invalid` where the expression
/// fails.
Result<std::string> find_idempotency_key(const WebhookTrigger& webhook, const Value& payload,
                                         std::string_view key_header_value);

/// The slugs of the workflows whose ends it listens to.
std::set<std::string> listened_workflows(const Triggers& triggers);

/// What an index of listeners goes by: of GitHub and Linear the part before the action, of others all of it.
std::string_view listening_key(std::string_view source, std::string_view event);

/// The name of a GitHub event: the X-GitHub-Event header, with "." and the payload's action where there is
/// one.
std::string github_event_name(std::string_view header, const Value& payload);
/// The name of a Linear event: the payload's type and action.
std::string linear_event_name(const Value& payload);
/// The name of an event of `source` that is named with its action or without: GitHub's and Linear's get the
/// payload's action where they have none.
std::string full_event_name(std::string_view source, std::string_view name, const Value& payload);
/// The name of the end of a run: the payload's workflow and state; empty where it names none.
std::string run_end_event_name(const Value& payload);

/// True if the trigger listens to this event of this source, whatever its filters and its condition say.
bool listens(const EventTrigger& trigger, std::string_view source, std::string_view event_name);
/// True if some trigger listens to this event of this source, whatever its condition says.
bool listens(const Triggers& triggers, std::string_view source, std::string_view event_name);

/// What a workflow makes of an event.
struct Match {
  bool listens = false;
  bool starts = false;          // it listens, and all that one of its triggers asks holds
  std::string detail;           // listens and doesn't start: what doesn't hold, of each trigger that listens
  bool needs_approval = false;  // it starts, and the event comes from a fork that a person must approve
};
/// `invalid` if a condition can't be evaluated.
Result<Match> match(const Triggers& triggers, const EventFacts& facts);
Result<Match> match(const Triggers& triggers, std::string_view source, std::string_view event_name,
                    const Value& payload);

}  // namespace callboard::workflow
