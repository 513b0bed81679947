#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shared/log/log.hpp"
#include "shared/log/postgres/session.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::log {

/// One statement of a transaction with its parameters, in the binary format.
struct Query {
  const Statement* statement;
  std::vector<std::string> params;
};

/// What waits to be committed. `done` is empty once the caller has been answered.
struct AppendItem {
  Append row;
  std::string reference;  // to the blob that holds the data; empty: inline
  Done<Appended> done;
  std::vector<std::string> run_references{};    // likewise, of the runs that it makes
  std::vector<std::string> other_references{};  // and of the rows that hang on it
};
struct ArrivalItem {
  Arrival arrival;
  Sha256 hash{};                        // of the origin
  Uuid maker;                           // an id that only this arrival made
  std::vector<std::string> references;  // one a run; empty: inline
  Steady give_up{};
  Done<Arrived> done;
};
struct AdmitItem {
  Slots::Place place;
  Append decision;
  Done<Slots::Admitted> done;
};

std::size_t bytes_of(const Append& row);
std::size_t bytes_of(const Arrival& arrival);

/// One transaction: appends and arrivals together, or one admission. Sent again unchanged until its fate is
/// known.
struct Batch {
  std::vector<AppendItem> appends;
  std::vector<ArrivalItem> arrivals;
  std::optional<AdmitItem> admission;

  std::size_t size() const { return appends.size() + arrivals.size() + (admission ? 1 : 0); }
  bool empty() const { return size() == 0; }
};

/// The reference that stands for data kept as a blob; empty where it is stored inline.
std::string blob_reference(const std::string& data);

/// The blobs of a batch.
class BlobColumns {
 public:
  void add(const RunId& run, const std::string& reference, const std::string& data);
  void add_query(std::vector<Query>& queries) const;
  bool is_empty() const { return rows_.empty(); }

 private:
  struct Row {
    RunId run;
    Sha256 hash;
    const std::string* data;
  };
  std::vector<Row> rows_;
};

/// Sorts the batch into the order in which every process locks keys, and makes its statements.
std::vector<Query> make_queries(Batch& batch, Partition partitions);
/// The batch is committed, `results` are those of make_queries. Answers the rows that won; what lost is
/// returned: the rows that stand must be read.
Batch settle(Batch batch, std::vector<Rows> results);

/// Reads what stands in the place of rows that lost.
std::vector<Query> make_reads(const Batch& lost);
/// Answers them. What is not there after all is returned, to be sent again.
Batch settle_reads(Batch lost, std::vector<Rows> results);

/// Answers everything in it with the error.
void fail_all(Batch batch, const Error& error);

}  // namespace callboard::log
