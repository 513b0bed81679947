#include "shared/log/memory/memory_events.hpp"

#include <algorithm>
#include <charconv>

#include "shared/base/text.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"

namespace callboard::log {
namespace {

std::string cancelled_outcome() {
  run::Outcome outcome;
  outcome.type = run::EventType::step_failed;
  outcome.error = {run::ErrorClass::cancelled, "the run was closed"};
  return run::encode_outcome(outcome);
}

void close_run(MemoryTables& tables, const Append& row, Time at) {
  const std::string cancelled = row.close->free_keys.empty() ? std::string() : cancelled_outcome();
  for (const std::string& key : row.close->free_keys) {
    tables.insert({row.run, key, run::EventType::step_failed, row.writer, 0, {}, cancelled});
  }
  const auto head = tables.heads.find(row.run);
  if (head == tables.heads.end()) return;
  const bool waited = head->second.phase == run::RunPhase::pending;
  head->second.phase = row.close->phase;
  const bool was_open = !head->second.closed_at;
  head->second.closed_at = at;
  const auto key = run::parse_key(row.key);
  if (was_open && key && tables.listened.contains(head->second.slug))
    tables.run_ends.insert({head->second.partition, row.run, key->number});
  tables.stop_listening(row.run);
  tables.leave_group(row.run, head->second);
  tables.leave_rate(head->second, waited);
}

void reopen_run(MemoryTables& tables, const RunId& run) {
  const auto head = tables.heads.find(run);
  if (head == tables.heads.end()) return;
  head->second.phase = run::RunPhase::running;
  head->second.closed_at.reset();
}

void migrate_run(MemoryTables& tables, const Append& row) {
  const auto head = tables.heads.find(row.run);
  const auto definition = tables.definitions.find(row.migrates);
  if (head == tables.heads.end() || definition == tables.definitions.end()) return;
  head->second.version = definition->second.version;
  head->second.hash = row.migrates;
}

/// What hangs on a row that has won.
void add_hanging(MemoryTables& tables, const Append& row) {
  for (const NewRun& run : row.runs) tables.make_run(run, run.delivery, tables.clock.now());
  for (const Append::Other& other : row.others) {
    const auto head = tables.heads.find(other.run);
    if (head == tables.heads.end() || head->second.closed_at) continue;
    if (tables.events.contains({other.run, other.key})) continue;
    tables.insert({other.run, other.key, other.type, other.writer, 0, {}, other.data});
    tables.tell(other.run);
  }
}

EventLog::Begun begin(MemoryTables& tables, const RunId& run, const std::string& step, std::uint32_t attempt,
                      std::uint32_t generation, Writer writer, const Incarnation& worker) {
  const auto find = [&](const std::string& key) -> std::optional<run::Event> {
    const auto found = tables.events.find({run, key});
    return found == tables.events.end() ? std::nullopt : std::optional(found->second);
  };
  EventLog::Begun begun;
  begun.result = find(run::result_key(step, attempt, generation));
  begun.started = find(run::started_key(step, attempt, generation));
  for (;;) {
    const auto k = static_cast<std::uint32_t>(begun.begins + 1);
    const auto row = find(run::begun_key(step, attempt, k, generation));
    if (!row) break;
    begun.begins = static_cast<int>(k);
    if (row->writer == writer) begun.k = begun.begins;
  }
  if (begun.k != 0 || begun.result || begun.begins >= limits::kPoisonBegins) return begun;
  begun.k = ++begun.begins;
  tables.insert({run,
                 run::begun_key(step, attempt, static_cast<std::uint32_t>(begun.k), generation),
                 run::EventType::step_begun,
                 writer,
                 0,
                 {},
                 run::encode_begin(worker)});
  return begun;
}

}  // namespace

Result<void> check_append(const MemoryTables& tables, const Append& row) {
  if (row.key.empty() || row.key.size() > limits::kKeyBytes || row.key.contains('\0') || !is_utf8(row.key)) {
    return fail(ErrorCode::invalid, "an event's key must be text of 1 to 200 bytes");
  }
  if (row.data.size() > limits::kEventBytes)
    return fail(ErrorCode::too_large, "an event's data has at most 4 MiB");
  if (row.close && !(run::is_closed(row.close->phase) && row.key.starts_with("d/"))) {
    return fail(ErrorCode::invalid, "only a row of decisions closes a run, and only into a closed phase");
  }
  if (!row.migrates.empty() && (row.close || row.reopens || !row.inbox || !row.key.starts_with("d/"))) {
    return fail(ErrorCode::invalid, "only a row of decisions moves a run, and its owner is told");
  }
  if (row.reopens && (row.close || row.inbox || !row.key.starts_with("d/"))) {
    return fail(ErrorCode::invalid, "only a row of decisions opens a run again, and it does nothing else");
  }
  const bool hangs = !row.runs.empty() || !row.others.empty();
  if (hangs && (row.reopens || !row.migrates.empty() || !row.key.starts_with("d/"))) {
    return fail(ErrorCode::invalid,
                "only a row of decisions makes runs, or has rows of other runs beside it");
  }
  for (const NewRun& run : row.runs) {
    if (!tables.definitions.contains(run.hash))
      return fail(ErrorCode::invalid, "a run's definition is not stored");
  }
  return {};
}

Appended append_row(MemoryTables& tables, const Append& row) {
  const bool there = tables.events.contains({row.run, row.key});
  Appended appended = tables.insert({row.run, row.key, row.type, row.writer, 0, {}, row.data});
  if (there) return appended;
  if (row.close) close_run(tables, row, appended.stored.at);
  if (row.reopens) reopen_run(tables, row.run);
  if (!row.migrates.empty()) migrate_run(tables, row);
  if (row.inbox) tables.tell(row.run);
  add_hanging(tables, row);
  return appended;
}

void MemoryEvents::append(Append row, Done<Appended> done) {
  const std::size_t bytes = row.data.size() + row.key.size();
  calls_.run_held<Appended>(
      CallKind::append, bytes, std::nullopt,
      [this, row = std::move(row)]() -> Result<Appended> {
        if (auto checked = check_append(tables_, row); !checked) return std::unexpected(checked.error());
        return append_row(tables_, row);
      },
      std::move(done));
}

void MemoryEvents::read_run(const RunId& run, Done<std::vector<run::Event>> done) {
  const auto read = [this, run]() -> Result<std::vector<run::Event>> {
    std::vector<run::Event> out;
    for (auto row = tables_.events.lower_bound({run, ""});
         row != tables_.events.end() && row->first.first == run; ++row) {
      out.push_back(row->second);
    }
    if (out.empty()) return fail(ErrorCode::not_found, "there is no run " + to_string(run));
    std::ranges::sort(out, {}, &run::Event::position);
    return out;
  };
  calls_.run<std::vector<run::Event>>(CallKind::read, read, std::move(done));
}

void MemoryEvents::read_keys(std::vector<KeyOf> keys, Done<std::vector<run::Event>> done) {
  const auto read = [this, keys = std::move(keys)]() -> Result<std::vector<run::Event>> {
    std::vector<run::Event> out;
    for (const KeyOf& key : keys) {
      const auto found = tables_.events.find({key.run, key.key});
      if (found != tables_.events.end()) out.push_back(found->second);
    }
    return out;
  };
  calls_.run<std::vector<run::Event>>(CallKind::read, read, std::move(done));
}

void MemoryEvents::begin_again(const RunId& run, std::string step, std::uint32_t attempt,
                               std::uint32_t generation, Writer writer, const Incarnation& worker,
                               Done<Begun> done) {
  const auto transaction = [this, run, step = std::move(step), attempt, generation, writer,
                            worker]() -> Result<Begun> {
    return begin(tables_, run, step, attempt, generation, writer, worker);
  };
  calls_.run<Begun>(CallKind::other, transaction, std::move(done));
}

void MemoryEvents::read_tail(std::optional<RunId> run, std::string cursor, int limit, Done<Tail> done) {
  const auto read = [this, run, cursor = std::move(cursor), limit]() -> Result<Tail> {
    std::int64_t last = 0;
    const auto [end, problem] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), last);
    if (!cursor.empty() && (problem != std::errc() || end != cursor.data() + cursor.size())) {
      return fail(ErrorCode::invalid, "this is no cursor of an earlier answer");
    }
    Tail tail{{}, cursor};
    for (auto at = tables_.positions.upper_bound(last); at != tables_.positions.end(); ++at) {
      if (static_cast<int>(tail.events.size()) >= limit) break;
      if (run && at->second.first != *run) continue;
      tail.events.push_back(tables_.events.at(at->second));
      tail.cursor = std::to_string(at->first);
    }
    return tail;
  };
  calls_.run<Tail>(CallKind::read, read, std::move(done));
}

}  // namespace callboard::log
