#include "tests/contract/log_contract.hpp"

#include <numeric>

#include "shared/log/memory/memory_log.hpp"

namespace callboard::test {
namespace {

/// The database's clock, moved by hand.
class HandClock final : public Clock {
 public:
  Time now() const override { return now_; }
  Steady steady() const override { return Steady(now_.time_since_epoch()); }
  void pass(Micros time) { now_ += time; }

 private:
  Time now_ = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + std::chrono::hours(9);
};

class MemoryProcess final : public LogProcess {
 public:
  MemoryProcess(Loop& loop, const Clock& clock, log::MemoryTables& tables) : log_(loop, clock, tables) {}
  log::EventLog& events() override { return log_.events(); }
  log::Intake& intake() override { return log_.intake(); }
  log::Catalog& catalog() override { return log_.catalog(); }
  log::Ownership& ownership() override { return log_.ownership(); }
  log::Slots& slots() override { return log_.slots(); }
  log::Pauses& pauses() override { return log_.pauses(); }
  log::RunEnds& run_ends() override { return log_.run_ends(); }
  log::Listeners& listeners() override { return log_.listeners(); }
  log::Held& held() override { return log_.held(); }
  log::LinkKey& link_key() override { return log_.link_key(); }
  log::Past& past() override { return log_.past(); }
  log::Library& library() override { return log_.library(); }
  log::Folds& folds() override { return log_.folds(); }
  log::Schedules& schedules() override { return log_.schedules(); }

 private:
  log::MemoryLog log_;
};

class MemoryHouse final : public LogHouse {
 public:
  std::unique_ptr<LogProcess> open() override {
    return std::make_unique<MemoryProcess>(loop(), clock_, tables_);
  }
  Time now() const override { return clock_.now(); }
  Steady steady() const override { return clock_.steady(); }
  void expire_leases() override { clock_.pass(limits::kLease + Micros(1)); }
  void pass(Micros time) override { clock_.pass(time); }
  void pass_for_held(Micros time) override { clock_.pass(time); }

 private:
  HandClock clock_;
  log::MemoryTables tables_{clock_};
};

std::string house_name(const testing::TestParamInfo<MakeHouse>& info) {
  return info.param == &make_memory_house ? "memory" : "postgres";
}

}  // namespace

std::unique_ptr<LogHouse> make_memory_house() { return std::make_unique<MemoryHouse>(); }

bool run_until(runtime::AsioLoop& loop, const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop.context().run_one_for(std::chrono::milliseconds(50));
  }
  return true;
}

LogContract::LogContract()
    : house_(GetParam()()), one_(house_->open()), other_(house_->open()), writers_(make_incarnation()) {}

log::Append LogContract::make_row(const RunId& run, std::string key, std::string data) {
  log::Append row;
  row.run = run;
  row.key = std::move(key);
  row.type = run::EventType::step_completed;
  row.writer = next_writer();
  row.data = std::move(data);
  return row;
}

log::NewRun LogContract::make_new_run(std::string hash) {
  const RunId id = make_run_id();
  return {id,
          partition_of(id, limits::kPartitions),
          "review",
          std::move(hash),
          R"({"v":1,"list":[]})",
          next_writer(),
          true};
}

log::Delivery LogContract::make_delivery(std::string external_id) {
  log::Delivery delivery;
  delivery.id = DeliveryId{make_uuid(house_->now(), random_)};
  delivery.source = "github";
  delivery.external_id = std::move(external_id);
  delivery.event = "pull_request.opened";
  delivery.headers = R"({"X-GitHub-Event":"pull_request"})";
  delivery.body = std::string("{\"a\":\"\\u0000\"}\n\0\xff", 17);
  delivery.verdicts = {{"review", "started", make_run_id(), ""},
                       {"other", "condition_false", {}, "if: \"false\""}};
  delivery.matched_against = "set-1";
  return delivery;
}

Result<log::Appended> LogContract::append(LogProcess& process, log::Append row) {
  return await<log::Appended>(house_->loop(),
                              [&](auto done) { process.events().append(std::move(row), std::move(done)); });
}

Result<log::Arrived> LogContract::accept(LogProcess& process, log::Arrival arrival) {
  return await<log::Arrived>(house_->loop(), [&](auto done) {
    process.intake().accept(std::move(arrival), in(std::chrono::seconds(30)), std::move(done));
  });
}

Result<std::vector<run::Event>> LogContract::read_run(const RunId& run) {
  return await<std::vector<run::Event>>(house_->loop(),
                                        [&](auto done) { one_->events().read_run(run, std::move(done)); });
}

Result<log::RunHead> LogContract::read_head(const RunId& run) {
  return await<log::RunHead>(house_->loop(), [&](auto done) { one_->library().run(run, std::move(done)); });
}

void LogContract::store_definition(std::string slug, std::string hash, bool current, std::string file) {
  log::Definition definition{slug,   slug, "1.0",   std::move(hash), "name: " + slug,
                             "yaml", {},   current, std::move(file)};
  const auto stored = await<log::Definition>(
      house_->loop(), [&](auto done) { one_->catalog().store(std::move(definition), std::move(done)); });
  ASSERT_TRUE(stored) << stored.error().message;
}

bool LogContract::retire(std::string slug, std::string file) {
  const auto retired = await<bool>(house_->loop(), [&](auto done) {
    one_->catalog().retire(std::move(slug), std::move(file), std::move(done));
  });
  EXPECT_TRUE(retired) << retired.error().message;
  return retired && *retired;
}

std::map<std::string, std::string> LogContract::current_files() {
  const auto found = await<std::vector<log::Definition>>(
      house_->loop(), [&](auto done) { other_->catalog().current(std::move(done)); });
  EXPECT_TRUE(found) << found.error().message;
  std::map<std::string, std::string> out;
  for (const log::Definition& definition : *found) out.emplace(definition.slug, definition.file);
  return out;
}

RunId LogContract::make_run(std::string group, std::string rate) {
  store_definition();
  log::Arrival arrival;
  arrival.runs = {make_new_run()};
  arrival.runs[0].inbox = false;
  arrival.runs[0].group = std::move(group);
  arrival.runs[0].rate = std::move(rate);
  const RunId id = arrival.runs[0].id;
  const auto arrived = accept(*one_, std::move(arrival));
  EXPECT_TRUE(arrived) << arrived.error().message;
  return id;
}

std::optional<run::Event> LogContract::admit(LogProcess& process, std::string group, std::uint32_t limit,
                                             const RunId& run, log::Append row) {
  return admit(process, {std::move(group), limit, run}, std::move(row)).row;
}

log::Slots::Admitted LogContract::admit(LogProcess& process, log::Slots::Place place, log::Append row) {
  const auto answer = await<log::Slots::Admitted>(house_->loop(), [&](auto done) {
    process.slots().admit(std::move(place), std::move(row), std::move(done));
  });
  EXPECT_TRUE(answer) << answer.error().message;
  return answer.value_or(log::Slots::Admitted());
}

Result<log::Ownership::Beat> LogContract::beat(LogProcess& process, const Incarnation& member,
                                               log::Ownership::Role role) {
  return await<log::Ownership::Beat>(house_->loop(), [&](auto done) {
    process.ownership().beat({member, role, "host", "default", 4}, std::move(done));
  });
}

std::vector<Partition> LogContract::take(LogProcess& process, const Incarnation& holder,
                                         std::vector<Partition> want, std::vector<Partition> give) {
  const auto taken = await<std::vector<Partition>>(house_->loop(), [&](auto done) {
    process.ownership().take(holder, std::move(want), std::move(give), std::move(done));
  });
  EXPECT_TRUE(taken) << taken.error().message;
  return taken.value_or(std::vector<Partition>());
}

std::vector<log::Ownership::InboxRow> LogContract::read_inbox() {
  std::vector<Partition> all(limits::kPartitions);
  std::iota(all.begin(), all.end(), Partition{0});
  const auto rows = await<std::vector<log::Ownership::InboxRow>>(
      house_->loop(), [&](auto done) { one_->ownership().read_inbox(all, 1'000, std::move(done)); });
  EXPECT_TRUE(rows) << rows.error().message;
  return rows.value_or(std::vector<log::Ownership::InboxRow>());
}

INSTANTIATE_TEST_SUITE_P(Log, LogContract, testing::Values(&make_memory_house, &make_postgres_house),
                         house_name);

}  // namespace callboard::test
