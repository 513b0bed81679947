#pragma once

#include <optional>
#include <span>
#include <vector>

#include "shared/log/postgres/batch.hpp"

/// The two halves of a batch: each makes its own statements and takes as many results.
namespace callboard::log {

/// Results in the order of the statements, taken one by one.
class ResultReader {
 public:
  explicit ResultReader(std::span<const Rows> results) : results_(results) {}
  const Rows& next() {
    const Rows& rows = results_.front();
    results_ = results_.subspan(1);
    return rows;
  }

 private:
  std::span<const Rows> results_;
};

/// An id of any kind, or null.
template <typename Id>
void add_id(ArrayWriter& column, const std::optional<Id>& id) {
  id ? column.add(id->uuid) : column.add_null();
}

/// The head rows of runs that are made, behind the columns that say whose they are.
class HeadColumns {
 public:
  explicit HeadColumns(std::size_t count);
  /// `own`: the delivery of a run that names none.
  void add(const NewRun& run, const std::optional<DeliveryId>& own);
  void take(Query& query) &&;

 private:
  ArrayWriter runs_;
  ArrayWriter partitions_;
  ArrayWriter definitions_;
  ArrayWriter deliveries_;
  ArrayWriter groups_;
  ArrayWriter rates_;
  ArrayWriter parents_;
};

/// The labels of runs that are made, behind their head rows.
class LabelColumns {
 public:
  explicit LabelColumns(std::size_t count);
  void add(const NewRun& run);
  Query take() &&;

 private:
  ArrayWriter runs_;
  ArrayWriter names_;
  ArrayWriter values_;
};

void sort_appends(std::vector<AppendItem>& items);
void add_append_queries(const std::vector<AppendItem>& items, Partition partitions,
                        std::vector<Query>& queries);
/// What hangs on the rows: the runs that they make, and the rows of other runs. Behind the rows themselves.
void add_hanging_queries(const std::vector<AppendItem>& items, Partition partitions,
                         std::vector<Query>& queries);
std::size_t count_hanging_queries(const std::vector<AppendItem>& items);
void add_hanging_blobs(const std::vector<AppendItem>& items, BlobColumns& blobs);

/// `hanging`: how many statements stand behind those of the rows; what they answer tells nothing.
void settle_appends(std::vector<AppendItem> items, ResultReader& results, std::size_t hanging,
                    std::vector<AppendItem>& lost);
Query read_appends(const std::vector<AppendItem>& lost);
void settle_stored_appends(std::vector<AppendItem> lost, const Rows& stored,
                           std::vector<AppendItem>& missing);

bool stores_deliveries(const std::vector<ArrivalItem>& items);
void sort_arrivals(std::vector<ArrivalItem>& items);
void add_arrival_queries(const std::vector<ArrivalItem>& items, std::vector<Query>& queries);
void settle_arrivals(std::vector<ArrivalItem> items, ResultReader& results, std::vector<ArrivalItem>& lost);
void add_arrival_reads(const std::vector<ArrivalItem>& lost, std::vector<Query>& queries);
void settle_stored_arrivals(std::vector<ArrivalItem> lost, ResultReader& results,
                            std::vector<ArrivalItem>& missing);

/// Starts that are held back: behind the deliveries of an arrival; groups that fire, behind its runs. Nothing
/// where there are none.
void add_held_queries(const std::vector<ArrivalItem>& items, std::vector<Query>& queries);
void add_fired_queries(const std::vector<ArrivalItem>& items, std::vector<Query>& queries);
bool holds(const ArrivalItem& item);
bool fires(const ArrivalItem& item);

/// An event from the columns run_id, key, type, writer, position, at, data.
run::Event read_event(const Rows& rows, int row);

}  // namespace callboard::log
