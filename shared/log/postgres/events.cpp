#include "shared/log/postgres/events.hpp"

#include "shared/log/postgres/tail.hpp"
#include "shared/run/keys.hpp"

namespace callboard::log {
namespace {

constexpr std::size_t kRunsAtOnce = 256;
constexpr std::size_t kKeyListsAtOnce = 256;
constexpr std::size_t kBeginsAtOnce = 256;

}  // namespace

PostgresEvents::PostgresEvents(Loop& loop, Lane& lane, Backlog& backlog, Readers& readers)
    : loop_(loop),
      lane_(lane),
      backlog_(backlog),
      readers_(readers),
      runs_(readers, kRunsAtOnce, read_runs),
      keys_(readers, kKeyListsAtOnce, log::read_keys),
      begins_(readers, kBeginsAtOnce, log::begin_again) {}

void PostgresEvents::append(Append row, Done<Appended> done) {
  const auto refuse = [&](ErrorCode code, std::string message) {
    loop_.post([done = std::move(done), code, message = std::move(message)]() mutable {
      done(fail(code, std::move(message)));
    });
  };
  if (row.data.size() > limits::kEventBytes)
    return refuse(ErrorCode::too_large, "an event's data has at most 4 MiB");
  if (row.close && !(run::is_closed(row.close->phase) && row.key.starts_with("d/"))) {
    return refuse(ErrorCode::invalid, "only a row of decisions closes a run, and only into a closed phase");
  }
  if (!row.migrates.empty() && (row.close || row.reopens || !row.inbox || !row.key.starts_with("d/"))) {
    return refuse(ErrorCode::invalid, "only a row of decisions moves a run, and its owner is told");
  }
  if (row.reopens && (row.close || row.inbox || !row.key.starts_with("d/"))) {
    return refuse(ErrorCode::invalid, "only a row of decisions opens a run again, and it does nothing else");
  }
  const bool hangs = !row.runs.empty() || !row.others.empty();
  if (hangs && (row.reopens || !row.migrates.empty() || !row.key.starts_with("d/")))
    return refuse(ErrorCode::invalid,
                  "only a row of decisions makes runs, or has rows of other runs beside it");
  if (!backlog_.has_room(bytes_of(row))) return refuse(ErrorCode::too_large, "the queue to the log is full");
  AppendItem item{std::move(row), {}, std::move(done)};
  item.reference = blob_reference(item.row.data);
  for (const NewRun& run : item.row.runs) item.run_references.push_back(blob_reference(run.created));
  for (const Append::Other& other : item.row.others)
    item.other_references.push_back(blob_reference(other.data));
  lane_.append(std::move(item));
}

void PostgresEvents::read_run(const RunId& run, Done<Events> done) {
  runs_.want(run, [run, done = std::move(done)](Result<Events> events) mutable {
    if (events && events->empty()) {
      events = fail(ErrorCode::not_found, "there is no run " + to_string(run));
    }
    done(std::move(events));
  });
}

void PostgresEvents::read_keys(std::vector<KeyOf> keys, Done<Events> done) {
  keys_.want(std::move(keys), std::move(done));
}

void PostgresEvents::begin_again(const RunId& run, std::string step, std::uint32_t attempt,
                                 std::uint32_t generation, Writer writer, const Incarnation& worker,
                                 Done<Begun> done) {
  std::string prefix = run::result_key(step, attempt, generation);
  prefix.resize(prefix.rfind('/') + 1);
  begins_.want({run, std::move(prefix), writer, worker}, std::move(done));
}

void PostgresEvents::read_tail(std::optional<RunId> run, std::string cursor, int limit, Done<Tail> done) {
  readers_.run<Tail>([run, cursor = std::move(cursor),
                      limit](Session& session) { return log::read_tail(session, run, cursor, limit); },
                     std::move(done));
}

}  // namespace callboard::log
