#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "shared/base/hash.hpp"
#include "shared/base/ports.hpp"
#include "shared/log/archive/run_check.hpp"
#include "shared/log/archive/sealed.hpp"
#include "shared/log/postgres/postgres_log.hpp"
#include "shared/run/graph.hpp"
#include "shared/runtime/asio_loop.hpp"
#include "shared/runtime/system_clock.hpp"
#include "tests/support/postgres_server.hpp"

namespace callboard::test {

/// A folder for a test's files, gone with it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

/// A database of its own on the program's one server, with runs that the real log adapter wrote.
class ArchiveHouse {
 public:
  /// Migrated, or with no schema at all.
  explicit ArchiveHouse(bool migrated = true);
  /// A copy of another's database, which makes no more runs from then on; nor does this one.
  explicit ArchiveHouse(ArchiveHouse& like);

  const std::string& url() const { return url_; }
  std::string sql(const std::string& text) const;

  enum class End { completed, cancelled, open, moved };  // moved: open, by another definition
  struct Wish {
    End end = End::completed;
    std::size_t result_bytes = 2;  // of the first step's result; beyond 64 KiB it is a blob
    bool delivered = false;        // started by a GitHub delivery, with an origin
    Time at{};                     // of the ids; 0: now
    std::optional<RunId> parent{};
  };
  RunId make_run(const Wish& wish);
  /// One of each kind.
  void make_runs();

  /// Every row of the tables of the log, as one text; xid, which belongs to the database, left out.
  std::string truth() const;
  /// Head rows, places and inbox rows (without their ids).
  std::string indexes() const;
  std::vector<log::LogProblem> problems() const;
  void export_to(const std::string& path, const log::Selection& selection = {}) const;

 private:
  template <typename T>
  T await(const std::function<void(log::Done<T>)>& call);
  void append(log::Append row);
  void store(const std::string& workflow, const run::Graph& graph, bool current);
  void end_cancelled(const RunId& id);
  void move(const RunId& id);

  runtime::AsioLoop loop_;
  runtime::SystemClock clock_;
  std::string name_;
  std::string url_;
  std::unique_ptr<log::PostgresLog> log_;
  std::unique_ptr<Random> random_;
  Writers writers_;
  run::Graph graph_;
};

}  // namespace callboard::test
