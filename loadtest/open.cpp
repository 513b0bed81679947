#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "loadtest/replay_log.hpp"
#include "loadtest/scenarios.hpp"
#include "loadtest/stack_under_test.hpp"
#include "shared/log/postgres/postgres_log.hpp"
#include "shared/log/postgres/session.hpp"
#include "shared/run/fold.hpp"
#include "shared/run/stored_fold.hpp"
#include "shared/runtime/asio_loop.hpp"
#include "shared/runtime/system_clock.hpp"

namespace callboard::loadtest {
namespace {

constexpr std::size_t kRunsBeside = 10'000;  // 97,000 events between those of the long run
constexpr std::size_t kBehind = 3'000;       // events that come once the fold is stored
constexpr std::size_t kRowsAtOnce = 500;
constexpr int kColdTimes = 3;
constexpr int kTimes = 20;

// A closed head row: no dispatcher takes the run for its own.
constexpr log::Statement kInsertHead{
    "load_head",
    "insert into run (run_id, created_at, closed_at, workflow, definition, partition, state) "
    "values ($1::uuid, now(), now(), 1, 1, 0, 6)"};
constexpr log::Statement kInsertEvents{
    "load_events",
    "insert into event (run_id, key, writer, type, data) select * from "
    "unnest($1::uuid[], $2::text[], $3::bigint[], $4::smallint[], $5::bytea[])"};

double millis_since(Steady begun, const Clock& clock) {
  return static_cast<double>((clock.steady() - begun).count()) / 1e3;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A log whose calls are waited for, and a session beside it to fill its tables.
class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const std::string& url) {
    std::unique_ptr<Database> made(new Database(url));
    auto log = log::PostgresLog::open(made->loop_, made->clock_, {.url = url});
    if (!log) return std::unexpected(log.error());
    made->log_ = std::move(*log);
    return made;
  }

  template <typename T>
  Result<T> ask(const std::function<void(log::Folds&, log::Done<T>)>& call) {
    std::optional<Result<T>> answer;
    call(log_->folds(), [&](Result<T> result) { answer = std::move(result); });
    while (!answer) loop_.context().run_one();
    return std::move(*answer);
  }
  Result<void> insert(std::span<const run::Event> events);
  Result<void> execute(const std::string& sql) {
    const auto done = session_.execute(sql);
    return done ? Result<void>() : std::unexpected(log::to_error(done.error()));
  }
  Result<void> insert_head(const RunId& run) {
    const auto done = session_.run(kInsertHead, log::Params().add(run));
    return done ? Result<void>() : std::unexpected(log::to_error(done.error()));
  }
  const Clock& clock() const { return clock_; }

 private:
  explicit Database(const std::string& url) : session_(url) {}

  runtime::AsioLoop loop_;
  runtime::SystemClock clock_;
  log::Session session_;
  std::unique_ptr<log::PostgresLog> log_;
};

Result<void> Database::insert(std::span<const run::Event> events) {
  log::ArrayWriter runs(log::PgType::uuid, events.size(), events.size() * 16);
  log::ArrayWriter keys(log::PgType::text, events.size(), events.size() * 24);
  log::ArrayWriter writers(log::PgType::int8, events.size(), events.size() * 8);
  log::ArrayWriter types(log::PgType::int2, events.size(), events.size() * 2);
  log::ArrayWriter data(log::PgType::bytes, events.size(), events.size() * 250);
  for (const run::Event& event : events) {
    runs.add(event.run.uuid);
    keys.add(event.key);
    writers.add(event.writer.value);
    types.add(static_cast<std::int16_t>(event.type));
    data.add(event.data);
  }
  log::Params params;
  params.add_bytes(std::move(runs).take()).add_bytes(std::move(keys).take());
  params.add_bytes(std::move(writers).take()).add_bytes(std::move(types).take());
  params.add_bytes(std::move(data).take());
  const auto done = session_.run(kInsertEvents, params);
  return done ? Result<void>() : std::unexpected(log::to_error(done.error()));
}

/// Under ids of today, so that the rows stand in the partitions of today; `salt` keeps two logs apart.
void move_to_today(ReplayLog& log, Time now, std::uint8_t salt) {
  for (LoggedRun& run : log.runs) {
    auto millis = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
    for (std::size_t i = 6; i-- > 0; millis >>= 8) run.id.uuid.bytes[i] = static_cast<std::uint8_t>(millis);
    run.id.uuid.bytes[10] = salt;
    for (run::Event& event : run.events) event.run = run.id;
  }
}

/// The run, opened and folded.
struct OpenedRun {
  std::optional<run::FoldPoint> whole;
  std::optional<run::FoldPoint> last;  // of the stored ones
  log::Folds::Opened read;
  run::RunState state;
  double ms = 0;
};

class Bench {
 public:
  Bench(Database& database, const LoggedRun& run, const ReplayLog& beside)
      : database_(database), run_(run), beside_(beside) {}

  Result<Report> measure(const Options& options, const Progress& progress);

 private:
  Result<void> fill(std::size_t to);
  Result<OpenedRun> open();
  Result<std::vector<double>> open_often(int times);
  Result<double> save(const OpenedRun& opened);

  Database& database_;
  const LoggedRun& run_;
  const ReplayLog& beside_;
  std::size_t filled_ = 0;
  std::size_t others_ = 0;
};

/// Events of the long run up to there, each batch with one of other runs behind it.
Result<void> Bench::fill(std::size_t to) {
  while (filled_ < to) {
    const std::size_t count = std::min(kRowsAtOnce, to - filled_);
    auto done = database_.insert(std::span(run_.events).subspan(filled_, count));
    std::vector<run::Event> others;
    while (others.size() < kRowsAtOnce && others_ < beside_.runs.size()) {
      const auto& events = beside_.runs[others_++].events;
      others.insert(others.end(), events.begin(), events.end());
    }
    if (done && !others.empty()) done = database_.insert(others);
    if (!done) return done;
    filled_ += count;
  }
  // As autovacuum does within its minute: the index of transactions is made then.
  return database_.execute("vacuum (analyze) event");
}

Result<OpenedRun> Bench::open() {
  const Steady begun = database_.clock().steady();
  auto read = database_.ask<log::Folds::Opened>(
      [&](log::Folds& folds, auto done) { folds.open(run_.id, std::move(done)); });
  if (!read) return std::unexpected(read.error());
  OpenedRun opened;
  for (const log::StoredFold& fold : read->folds) {
    auto point = run::decode_fold(*run_.graph, run_.id, fold.data, opened.whole ? &*opened.whole : nullptr);
    if (!point) return std::unexpected(point.error());
    if (!opened.whole) opened.whole = *point;
    opened.last = std::move(*point);
  }
  opened.state = opened.last ? opened.last->state : run::make_state(*run_.graph, run_.id);
  for (const run::Event& event : read->events) {
    if (auto folded = run::fold(*run_.graph, opened.state, event); !folded)
      return std::unexpected(folded.error());
  }
  opened.ms = millis_since(begun, database_.clock());
  opened.read = std::move(*read);
  return opened;
}

Result<std::vector<double>> Bench::open_often(int times) {
  std::vector<double> out;
  for (int i = 0; i < times; ++i) {
    const auto opened = open();
    if (!opened) return std::unexpected(opened.error());
    out.push_back(opened->ms);
  }
  return out;
}

/// At its newest checkpoint; answers with the time that encoding and storing took.
Result<double> Bench::save(const OpenedRun& opened) {
  std::optional<run::CheckpointWalk> walk;
  if (opened.last)
    walk.emplace(*run_.graph, opened.last->state, opened.last->chain, opened.last->events);
  else
    walk.emplace(*run_.graph, run_.id);
  run::FoldPoint point;
  std::size_t at = 0;
  for (std::size_t i = 0; i < opened.read.events.size(); ++i) {
    const auto points = walk->fold(opened.read.events[i]);
    if (!points) return std::unexpected(points.error());
    if (points->empty() || opened.read.events.size() - i > kBehind) continue;
    point = {points->back(), walk->chain(), walk->events(), walk->state()};
    at = i + 1;
  }
  if (point.events == 0) return fail(ErrorCode::internal, "the run has no checkpoint to store");
  const Steady begun = database_.clock().steady();
  auto data = opened.whole ? run::encode_changes(*run_.graph, point, *opened.whole)
                           : run::encode_fold(*run_.graph, point);
  if (!data) return std::unexpected(data.error());
  log::StoredFold fold{.run = run_.id,
                       .checkpoint = point.checkpoint.id,
                       .base = opened.whole ? opened.whole->checkpoint.id : std::string(),
                       .definition = run_.graph->hash,
                       .position = point.checkpoint.position,
                       .events = point.events,
                       .seen = opened.read.seen,
                       .since = opened.read.settled,
                       .at = {},
                       .data = std::move(*data)};
  for (; at < opened.read.transactions.size(); ++at)
    fold.since = std::min(fold.since, opened.read.transactions[at]);
  const auto saved = database_.ask<bool>(
      [&](log::Folds& folds, auto done) { folds.save(std::move(fold), std::move(done)); });
  if (!saved) return std::unexpected(saved.error());
  if (!*saved) return fail(ErrorCode::internal, "the fold was not stored");
  return millis_since(begun, database_.clock());
}

Result<Report> Bench::measure(const Options& options, const Progress& progress) {
  progress("filling the log");
  if (auto head = database_.insert_head(run_.id); !head) return std::unexpected(head.error());
  if (auto filled = fill(run_.events.size() - kBehind); !filled) return std::unexpected(filled.error());
  progress("opening it from cold");
  const auto cold = open_often(kColdTimes);
  if (!cold) return std::unexpected(cold.error());
  auto opened = open();
  if (!opened) return std::unexpected(opened.error());
  const auto first_save = save(*opened);
  if (!first_save) return std::unexpected(first_save.error());
  if (auto filled = fill(run_.events.size()); !filled) return std::unexpected(filled.error());
  progress("opening it from its stored fold");
  opened = open();
  if (!opened) return std::unexpected(opened.error());
  const double far = opened->ms;
  const auto second_save = save(*opened);
  if (!second_save) return std::unexpected(second_save.error());
  auto times = open_often(kTimes);
  if (!times) return std::unexpected(times.error());
  const auto last = open();
  if (!last) return std::unexpected(last.error());
  run::RunState expected = run::make_state(*run_.graph, run_.id);
  for (const run::Event& event : run_.events) {
    if (auto folded = run::fold(*run_.graph, expected, event); !folded)
      return std::unexpected(folded.error());
  }
  LoadResult part;
  const bool is_right = last->read.events.size() < kBehind && last->state.phase == expected.phase &&
                        last->state.decisions == expected.decisions &&
                        last->state.outputs == expected.outputs;
  part.done = is_right ? times->size() : 0;
  part.errors = is_right ? 0 : 1;
  if (!is_right) part.first_error = "the run opened from its stored fold is not the run of the log";
  std::ranges::sort(*times);
  for (const double ms : *times) part.seconds += ms / 1e3;
  part.latency_ms = *times;
  Report report = summarize(options, run_.graph->steps.size(), {std::move(part)});
  report.own["events"] = run_.events.size();
  report.own["cold_ms"] = std::round(median(*cold));
  report.own["behind"] = Object{{"events", kBehind}, {"ms", std::round(far * 10) / 10}};
  report.own["save_ms"] =
      Object{{"full", std::round(*first_save * 10) / 10}, {"changes", std::round(*second_save * 10) / 10}};
  report.own_text = fmt::format(
      "{:<10} {} events: {:.0f} ms from cold, {:.1f} ms from the stored fold, {:.1f} ms with {} events "
      "behind "
      "it; saved in {:.1f} ms, what changed in {:.1f} ms\n",
      "", run_.events.size(), median(*cold), median(*times), far, kBehind, *first_save, *second_save);
  return report;
}

}  // namespace

Result<Report> measure_open(const Options& options, const Progress& progress) {
  progress("making the log");
  auto chain = make_long_chain();
  if (!chain) return std::unexpected(chain.error());
  auto beside = make_short_runs(kRunsBeside);
  if (!beside) return std::unexpected(beside.error());
  progress("starting a stack of its own");
  const auto under_test = StackUnderTest::start(options);
  if (!under_test) return std::unexpected(under_test.error());
  const auto database = Database::open((*under_test)->state().database_url);
  if (!database) return std::unexpected(database.error());
  move_to_today(*chain, (*database)->clock().now(), 1);
  move_to_today(*beside, (*database)->clock().now(), 2);
  return Bench(**database, chain->runs.front(), *beside).measure(options, progress);
}

}  // namespace callboard::loadtest
