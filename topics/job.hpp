#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/run/event.hpp"
#include "shared/run/slice.hpp"

/// The messages of the bus: compact JSON with a version `v`; golden files in tests/golden. Decoders take
/// every older version, ignore unknown members, and answer `invalid` on what is none.
namespace callboard::topics {

/// Asks a worker for the attempts of a slice.
struct Job {
  run::Slice slice;
  std::string workflow;     // slug, for people
  bool again = false;       // not known to be the first copy: look in the log before executing
  bool untrusted = false;   // people from outside caused the run: no secret is resolved
  Partition partition = 0;  // whom to notice
  Time published_at{};
  std::optional<Time> deadline;  // the run's; nothing begins after it
  std::string trace;             // W3C traceparent, or empty
};
std::string encode_job(const Job& job);
Result<Job> decode_job(std::string_view bytes);
/// Names the attempt on the bus: run and the result key of the first step.
std::string job_id(const Job& job);
struct NamedAttempt {
  RunId run;
  std::string key;  // of its result
};
/// Nothing on what job_id() does not make.
std::optional<NamedAttempt> parse_job_id(std::string_view id);

/// Best-effort copies of appended events, all of one partition.
std::string encode_notice(const std::vector<run::Event>& events);
Result<std::vector<run::Event>> decode_notice(std::string_view bytes);

/// To workers: stop what you execute of this run, of this generation and of those before it.
struct StopRun {
  RunId run;
  std::string reason;
  std::uint32_t generation = 1;
  std::vector<std::string> steps{};  // these alone, by key; empty: all of them
};
/// To dispatchers, every second and when a worker starts, fills up or leaves.
struct Presence {
  Incarnation worker;
  std::string name;  // host and process id, for people
  std::string pool;
  std::uint32_t slots = 0;
  std::uint32_t busy = 0;
  bool draining = false;
  bool gone = false;                 // the last one
  std::vector<std::string> running;  // "<run>/<key>" of steps that have said `started`; at most 1,000
};
std::string encode_stop(const StopRun& stop);
Result<StopRun> decode_stop(std::string_view bytes);
std::string encode_presence(const Presence& presence);
Result<Presence> decode_presence(std::string_view bytes);

/// To dispatchers: the pauses in the database have changed, read them again. {"v":1,"pauses":"changed"}
std::string encode_pauses_changed();
bool is_pauses_changed(std::string_view bytes);

/// To dispatchers: what is current in the catalog of workflows has changed, read it again. `by` is the
/// dispatcher that changed it. {"v":1,"workflows":"changed","by":"<uuid>"}
std::string encode_workflows_changed(const Incarnation& by);
/// By whom; nothing on any other message.
std::optional<Incarnation> parse_workflows_changed(std::string_view bytes);

}  // namespace callboard::topics
