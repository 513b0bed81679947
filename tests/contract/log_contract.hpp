#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/hash.hpp"
#include "shared/log/folds.hpp"
#include "shared/log/held.hpp"
#include "shared/log/link_key.hpp"
#include "shared/log/listeners.hpp"
#include "shared/log/log.hpp"
#include "shared/log/past.hpp"
#include "shared/log/run_ends.hpp"
#include "shared/log/schedules.hpp"
#include "shared/runtime/asio_loop.hpp"

/// What every adapter of the log's ports must do. The tests reach an adapter through a house: one database,
/// on which several processes are opened.
namespace callboard::test {

/// One process's log.
class LogProcess {
 public:
  virtual ~LogProcess() = default;
  virtual log::EventLog& events() = 0;
  virtual log::Intake& intake() = 0;
  virtual log::Catalog& catalog() = 0;
  virtual log::Ownership& ownership() = 0;
  virtual log::Slots& slots() = 0;
  virtual log::Pauses& pauses() = 0;
  virtual log::RunEnds& run_ends() = 0;
  virtual log::Listeners& listeners() = 0;
  virtual log::Held& held() = 0;
  virtual log::LinkKey& link_key() = 0;
  virtual log::Past& past() = 0;
  virtual log::Library& library() = 0;
  virtual log::Folds& folds() = 0;
  virtual log::Schedules& schedules() = 0;
};

class LogHouse {
 public:
  virtual ~LogHouse() = default;
  /// A process; destroying it is killing it.
  virtual std::unique_ptr<LogProcess> open() = 0;
  virtual Time now() const = 0;
  virtual Steady steady() const = 0;
  /// The leases of all members are over.
  virtual void expire_leases() = 0;
  /// For starts that are held: so much later.
  virtual void pass_for_held(Micros time) = 0;
  /// Time of the database.
  virtual void pass(Micros time) = 0;
  runtime::AsioLoop& loop() { return loop_; }

 private:
  runtime::AsioLoop loop_;
};

using MakeHouse = std::unique_ptr<LogHouse> (*)();

/// Equal runs give equal ids.
class CountingRandom final : public Random {
 public:
  std::uint64_t next() override { return mix_bits(++state_); }

 private:
  std::uint64_t state_ = 0;
};

/// Runs the loop until `holds`; false if it does not within 30 s.
bool run_until(runtime::AsioLoop& loop, const std::function<bool()>& holds);

/// Calls and runs the loop until the answer is there.
template <typename T>
Result<T> await(runtime::AsioLoop& loop, const std::function<void(log::Done<T>)>& call) {
  auto answer = std::make_shared<std::optional<Result<T>>>();
  call([answer](Result<T> result) { *answer = std::move(result); });
  if (!run_until(loop, [&] { return answer->has_value(); })) return fail(ErrorCode::timeout, "no answer");
  return std::move(**answer);
}

class LogContract : public testing::TestWithParam<MakeHouse> {
 protected:
  LogContract();

  RunId make_run_id() { return RunId{make_uuid(house_->now(), random_)}; }
  Incarnation make_incarnation() { return Incarnation{make_uuid(house_->now(), random_)}; }
  Writer next_writer() { return writers_.next(); }
  Steady in(Micros time) const { return house_->steady() + time; }

  log::Append make_row(const RunId& run, std::string key, std::string data = R"({"v":1})");
  log::NewRun make_new_run(std::string hash = "hash-1");
  log::Delivery make_delivery(std::string external_id);

  Result<log::Appended> append(LogProcess& process, log::Append row);
  Result<log::Arrived> accept(LogProcess& process, log::Arrival arrival);
  Result<std::vector<run::Event>> read_run(const RunId& run);
  Result<log::RunHead> read_head(const RunId& run);
  /// A stored definition and a run of it, made by the first process.
  RunId make_run(std::string group = {}, std::string rate = {});
  void store_definition(std::string slug = "review", std::string hash = "hash-1", bool current = true,
                        std::string file = {});
  bool retire(std::string slug, std::string file);
  std::map<std::string, std::string> current_files();  // by slug
  Result<log::Ownership::Beat> beat(LogProcess& process, const Incarnation& member,
                                    log::Ownership::Role role = log::Ownership::Role::dispatcher);
  std::vector<Partition> take(LogProcess& process, const Incarnation& holder, std::vector<Partition> want,
                              std::vector<Partition> give = {});
  std::vector<log::Ownership::InboxRow> read_inbox();
  std::optional<run::Event> admit(LogProcess& process, std::string group, std::uint32_t limit,
                                  const RunId& run, log::Append row);
  log::Slots::Admitted admit(LogProcess& process, log::Slots::Place place, log::Append row);

  CountingRandom random_;
  std::unique_ptr<LogHouse> house_;
  std::unique_ptr<LogProcess> one_;
  std::unique_ptr<LogProcess> other_;
  Writers writers_;
};

/// Houses on the adapters.
std::unique_ptr<LogHouse> make_memory_house();
std::unique_ptr<LogHouse> make_postgres_house();

}  // namespace callboard::test
