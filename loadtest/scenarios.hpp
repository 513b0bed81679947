#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "loadtest/http_load.hpp"
#include "loadtest/options.hpp"
#include "loadtest/report.hpp"
#include "shared/base/error.hpp"
#include "shared/base/time.hpp"

namespace callboard::loadtest {

/// The measured parts of a scenario: a warm-up, then three.
struct Measured {
  std::size_t steps = 0;
  std::vector<LoadResult> parts;
};
/// Told what is going on, for a terminal.
using Progress = std::function<void(const std::string& what)>;

/// Says that the warm-up begins; answers its seconds.
double warm_up(const Options& options, const Progress& progress);
/// The parts behind it, one after the other.
std::vector<LoadResult> measure_parts(const Progress& progress, const std::function<LoadResult()>& measure);
Micros to_micros(double seconds);
/// What this thread has had of a core, in seconds: others on the machine don't count. Asking takes as long as
/// a quick expression.
double seconds_of_core();

/// chain, fan, job, latency: runs started and awaited over HTTP, every result compared with what was sent.
Result<Measured> measure_runs(const Options& options, const Target& target, const Progress& progress);

/// ingest: signed `push` webhooks of 8 KB; every answer checked, and afterwards that each delivery is listed
/// once.
Result<Measured> measure_ingest(const Options& options, const Target& target, const std::string& secret,
                                const Progress& progress);

/// map: one run at a time of one step with --steps items that do nothing; every item's result is checked.
Result<Measured> measure_map(const Options& options, const Target& target, const Progress& progress);

/// parse: ten-step files compiled on one core, each one different; plain ones, and a file of 1,000 steps. No
/// server.
Result<Report> measure_parse(const Options& options, const Progress& progress);

/// expressions: those that workflows ask most, parsed once, evaluated on one core. No server.
Result<Measured> measure_expressions(const Options& options, const Progress& progress);

/// match: one event read, and matched with 1,000 workflows that listen to it, on one core. No server.
Result<Report> measure_match(const Options& options, const Progress& progress);

/// recover: runs are kept going while parts of the stack are killed, frozen and wiped, one at a time; every
/// run accepted is followed to its end and audited. Starts stacks of its own.
Result<Report> measure_recover(const Options& options, const Progress& progress);

/// replay: the logs of many runs, and of one of 100,000 events, folded from cold on one core. No server.
Result<Report> measure_replay(const Options& options, const Progress& progress);

/// open: a run of 100,000 events among those of others in PostgreSQL, opened from its first event and from
/// its stored fold, and the fold stored. A stack of its own, whose database alone is asked.
Result<Report> measure_open(const Options& options, const Progress& progress);

/// timers: runs that sleep three minutes each, armed, the dispatcher killed, and how late each of them ended.
/// A stack of its own.
Result<Report> measure_timers(const Options& options, const Progress& progress);

}  // namespace callboard::loadtest
