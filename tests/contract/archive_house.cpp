#include "tests/contract/archive_house.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "shared/log/archive/export.hpp"
#include "shared/log/archive/verify.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::test {
namespace {

const std::string kWorkflow = R"(name: nightly
steps:
  - key: fetch
    type: noop
  - key: report
    type: noop
    dependsOn: [fetch]
)";

PostgresServer& server() {
  static PostgresServer server;
  static const bool kStarted = server.start();
  if (!kStarted) throw std::runtime_error("PostgreSQL did not start");
  return server;
}

/// The name of a new database.
std::string make_database(const std::string& copy_of) {
  static int last = 0;
  const std::string name = "a" + std::to_string(++last);
  server().make_database(name, copy_of);
  return name;
}

/// A database with the schema and nothing else, to be copied.
const char* migrated_database() {
  static const bool kMade = [] {
    const auto done = log::migrate(server().make_database("migrated"));
    if (!done) throw std::runtime_error(done.error().message);
    return true;
  }();
  return kMade ? "migrated" : "";
}

class CountingRandom final : public Random {
 public:
  explicit CountingRandom(std::uint64_t from) : state_(from) {}
  std::uint64_t next() override { return mix_bits(++state_); }

 private:
  std::uint64_t state_;
};

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

run::Graph compile(const std::string& workflow) {
  auto compiled = workflow::compile(workflow, workflow::Format::yaml);
  if (!compiled) throw std::runtime_error(workflow::to_string(compiled.error(), "workflow"));
  return std::move(compiled->graph);
}

}  // namespace

TestFolder::TestFolder() {
  std::string pattern = testing::TempDir() + "archive-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}
TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

ArchiveHouse::ArchiveHouse(bool migrated)
    : name_(make_database(migrated ? migrated_database() : "template0")),
      url_(server().url(name_)),
      random_(std::make_unique<CountingRandom>(stable_hash(name_))),
      writers_(Incarnation{make_uuid(clock_.now(), *random_)}) {
  if (!migrated) return;
  log_ = must(log::PostgresLog::open(loop_, clock_, {url_}));
  graph_ = compile(kWorkflow);
  store(kWorkflow, graph_, true);
}

ArchiveHouse::ArchiveHouse(ArchiveHouse& like)
    : name_((like.log_.reset(), make_database(like.name_))),
      url_(server().url(name_)),
      random_(std::make_unique<CountingRandom>(stable_hash(name_))),
      writers_(Incarnation{make_uuid(clock_.now(), *random_)}) {}

std::string ArchiveHouse::sql(const std::string& text) const { return server().run(name_, text); }

template <typename T>
T ArchiveHouse::await(const std::function<void(log::Done<T>)>& call) {
  auto answer = std::make_shared<std::optional<Result<T>>>();
  call([answer](Result<T> result) { *answer = std::move(result); });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!*answer && std::chrono::steady_clock::now() < end) {
    loop_.context().run_one_for(std::chrono::milliseconds(50));
  }
  if (!*answer) throw std::runtime_error("no answer");
  return must(std::move(**answer));
}

void ArchiveHouse::store(const std::string& workflow, const run::Graph& graph, bool current) {
  log::Definition definition;
  definition.slug = graph.slug;
  definition.name = graph.name;
  definition.version = "1";
  definition.hash = graph.hash;
  definition.body = workflow;
  definition.format = "yaml";
  definition.current = current;
  await<log::Definition>([&](auto done) { log_->catalog().store(definition, std::move(done)); });
}

void ArchiveHouse::append(log::Append row) {
  row.writer = writers_.next();
  const auto appended =
      await<log::Appended>([&](auto done) { log_->events().append(std::move(row), std::move(done)); });
  if (!appended.won) throw std::runtime_error("the row stood there already");
}

/// A command, and the two decisions of a cancel; the close fills the free outcomes.
void ArchiveHouse::end_cancelled(const RunId& id) {
  append({.run = id,
          .key = run::command_key("c1"),
          .type = run::EventType::command_received,
          .writer = {},
          .data = run::encode_command({"cancel", "somebody"}),
          .close = {},
          .inbox = true});
  const run::StepError why{run::ErrorClass::cancelled, "somebody cancelled it"};
  append({.run = id,
          .key = "d/1",
          .type = run::EventType::run_cancelling,
          .writer = {},
          .data = run::encode_decisions(graph_, {{.type = run::EventType::run_cancelling, .error = why}}),
          .close = {}});
  append({.run = id,
          .key = "d/2",
          .type = run::EventType::run_cancelled,
          .writer = {},
          .data = run::encode_decisions(graph_, {{.type = run::EventType::run_cancelled}}),
          .close = log::Append::Close{run::RunPhase::cancelled, {run::result_key("report", 1)}}});
}

/// Paused, and moved to a definition with one step more.
void ArchiveHouse::move(const RunId& id) {
  const std::string other = std::string(kWorkflow) + "  - {key: more, type: noop}\n";
  const run::Graph graph = compile(other);
  store(other, graph, false);
  append({.run = id,
          .key = "d/1",
          .type = run::EventType::run_paused,
          .writer = {},
          .data = run::encode_decisions(graph_, {{.type = run::EventType::run_paused}}),
          .close = {}});
  run::Decision migrated{.type = run::EventType::run_migrated};
  migrated.definition = graph.hash;
  append({.run = id,
          .key = "d/2",
          .type = run::EventType::run_migrated,
          .writer = {},
          .data = run::encode_decisions(graph_, {migrated}),
          .close = {},
          .migrates = graph.hash,
          .inbox = true});
}

RunId ArchiveHouse::make_run(const Wish& wish) {
  const Time at = wish.at == Time{} ? clock_.now() : wish.at;
  const RunId id{make_uuid(at, *random_)};
  run::Created created;
  created.workflow = graph_.slug;
  created.hash = graph_.hash;
  created.created_at = at;
  if (wish.delivered) created.labels = {{"team", "core"}, {"pr", "7"}};
  if (wish.parent)
    created.parent = run::Parent{.run = *wish.parent, .step = "call", .attempt = 1, .generation = 1};
  log::Arrival arrival;
  if (wish.delivered) {
    const DeliveryId delivery{make_uuid(at, *random_)};
    created.delivery = delivery;
    created.event_name = "push";
    arrival.origin_kind = "github";
    arrival.origin = to_string(delivery);
    arrival.delivery = log::Delivery{delivery,
                                     "github",
                                     arrival.origin,
                                     "push",
                                     {},
                                     R"({"x-a":"b"})",
                                     "{\n  \"ref\": \"main\"\n}",
                                     {{"nightly", "started", id, ""}},
                                     "set"};
  }
  arrival.runs.push_back({.id = id,
                          .partition = partition_of(id, limits::kPartitions),
                          .workflow = graph_.slug,
                          .hash = graph_.hash,
                          .created = run::encode_created(created),
                          .writer = writers_.next(),
                          .labels = created.labels,
                          .parent = wish.parent});
  await<log::Arrived>([&](auto done) {
    log_->intake().accept(arrival, clock_.steady() + std::chrono::seconds(20), std::move(done));
  });
  run::Outcome fetched;
  fetched.result = "\"" + std::string(wish.result_bytes - 2, 'x') + "\"";
  append({.run = id,
          .key = run::result_key("fetch", 1),
          .type = run::EventType::step_completed,
          .writer = {},
          .data = run::encode_outcome(fetched),
          .close = {}});
  if (wish.end == End::moved) move(id);
  if (wish.end == End::open || wish.end == End::moved) return id;
  if (wish.end == End::cancelled) {
    end_cancelled(id);
    return id;
  }
  append({.run = id,
          .key = run::result_key("report", 1),
          .type = run::EventType::step_completed,
          .writer = {},
          .data = run::encode_outcome({}),
          .close = {}});
  append({.run = id,
          .key = "d/1",
          .type = run::EventType::run_completed,
          .writer = {},
          .data = run::encode_decisions(graph_, {{.type = run::EventType::run_completed, .value = "{}"}}),
          .close = log::Append::Close{run::RunPhase::completed, {}}});
  return id;
}

void ArchiveHouse::make_runs() {
  const RunId first = make_run({.delivered = true});
  make_run({.end = End::cancelled, .parent = first});
  make_run({.end = End::open});
  make_run({.result_bytes = 100'000, .delivered = true});
}

std::string ArchiveHouse::truth() const {
  return sql(
      "select concat_ws(E'\\n', "
      "(select string_agg(concat_ws(' ', run_id, key, position, at, writer, type, md5(whole(run_id, data))), "
      "E'\\n' "
      "  order by run_id, key) from event), "
      "(select string_agg(concat_ws(' ', run_id, hash, md5(data)), E'\\n' order by run_id, hash) from blob), "
      "(select string_agg(d::text, E'\\n' order by id) from delivery d), "
      "(select string_agg(o::text, E'\\n' order by kind, hash) from origin o), "
      "(select string_agg(concat_ws(' ', w.slug, d.hash, d.name, d.version, d.format, d.at, d.body, "
      "  w.current = d.id), E'\\n' order by d.hash) from definition d join workflow w on w.id = "
      "d.workflow))");
}

std::string ArchiveHouse::indexes() const {
  return sql(
      "select concat_ws(E'\\n', (select string_agg(concat_ws(' ', r.run_id, created_at, closed_at, delivery, "
      "d.hash, decisions, partition, state, group_key, parent), E'\\n' order by r.run_id) "
      "from run r join definition d on d.id = r.definition), "
      "(select string_agg(s::text, E'\\n' order by group_key, k) from slot s), "
      "(select string_agg(l::text, E'\\n' order by run_id, name) from run_label l), "
      "(select string_agg(distinct concat_ws(' ', i.partition, i.run_id), E'\\n') from inbox i "
      "join run r on r.run_id = i.run_id where r.closed_at is null))");
}

std::vector<log::LogProblem> ArchiveHouse::problems() const {
  std::vector<log::LogProblem> found;
  const auto counts = must(
      log::verify_log(url_, std::nullopt, [&](const log::LogProblem& problem) { found.push_back(problem); }));
  EXPECT_EQ(counts.problems, found.size());
  return found;
}

void ArchiveHouse::export_to(const std::string& path, const log::Selection& selection) const {
  auto file = must(log::FileWriter::open(path, std::nullopt));
  must(log::export_log(url_, selection, [&](std::string_view bytes) { return file.write(bytes); }));
  EXPECT_TRUE(file.finish());
}

}  // namespace callboard::test
