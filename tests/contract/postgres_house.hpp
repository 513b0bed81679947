#pragma once

#include <memory>
#include <string>

#include "shared/log/postgres/postgres_log.hpp"
#include "shared/runtime/system_clock.hpp"
#include "tests/contract/log_contract.hpp"
#include "tests/support/postgres_server.hpp"

namespace callboard::test {

/// One server for the program; a database for each house, copied from one that is migrated.
class Cluster {
 public:
  Cluster();
  PostgresServer& server() { return server_; }
  std::string new_name() { return "t" + std::to_string(++last_); }

 private:
  PostgresServer server_;
  int last_ = 0;
};
Cluster& cluster();

class PostgresProcess final : public LogProcess {
 public:
  explicit PostgresProcess(std::unique_ptr<log::PostgresLog> log) : log_(std::move(log)) {}
  log::EventLog& events() override { return log_->events(); }
  log::Intake& intake() override { return log_->intake(); }
  log::Catalog& catalog() override { return log_->catalog(); }
  log::Ownership& ownership() override { return log_->ownership(); }
  log::Slots& slots() override { return log_->slots(); }
  log::Pauses& pauses() override { return log_->pauses(); }
  log::RunEnds& run_ends() override { return log_->run_ends(); }
  log::Listeners& listeners() override { return log_->listeners(); }
  log::Held& held() override { return log_->held(); }
  log::LinkKey& link_key() override { return log_->link_key(); }
  log::Past& past() override { return log_->past(); }
  log::Folds& folds() override { return log_->folds(); }
  log::Schedules& schedules() override { return log_->schedules(); }
  log::Library& library() override { return log_->library(); }
  const log::PostgresLog& log() const { return *log_; }

 private:
  std::unique_ptr<log::PostgresLog> log_;
};

class PostgresHouse final : public LogHouse {
 public:
  explicit PostgresHouse(PostgresServer& server, std::string name, const std::string& copy_of)
      : server_(server), name_(std::move(name)), url_(server.make_database(name_, copy_of)) {}
  std::unique_ptr<LogProcess> open() override { return open_postgres(); }
  std::unique_ptr<PostgresProcess> open_postgres();
  Time now() const override { return clock_.now(); }
  Steady steady() const override { return clock_.steady(); }
  void expire_leases() override { sql("update member set until = clock_timestamp()"); }
  void pass(Micros time) override {
    sql("select pg_sleep_for('" + std::to_string(time.count()) + " microseconds')");
  }
  void pass_for_held(Micros time) override {
    const std::string by = std::to_string(time.count()) + " * interval '1 us'";
    sql("update held set due = due - " + by + ", since = since - " + by +
        ", claimed_until = claimed_until - " + by);
  }
  std::string sql(const std::string& text) const { return server_.run(name_, text); }
  const std::string& url() const { return url_; }

 private:
  PostgresServer& server_;
  std::string name_;
  std::string url_;
  runtime::SystemClock clock_;
};

}  // namespace callboard::test
