#include "tests/contract/postgres_house.hpp"

#include <stdexcept>

namespace callboard::test {

Cluster::Cluster() {
  if (!server_.start()) throw std::runtime_error("PostgreSQL did not start");
  if (auto done = log::migrate(server_.make_database("migrated")); !done)
    throw std::runtime_error(done.error().message);
}

Cluster& cluster() {
  static Cluster cluster;
  return cluster;
}

std::unique_ptr<PostgresProcess> PostgresHouse::open_postgres() {
  auto log = log::PostgresLog::open(loop(), clock_, {url_});
  if (!log) throw std::runtime_error(log.error().message);
  return std::make_unique<PostgresProcess>(std::move(*log));
}

std::unique_ptr<LogHouse> make_postgres_house() {
  return std::make_unique<PostgresHouse>(cluster().server(), cluster().new_name(), "migrated");
}

}  // namespace callboard::test
