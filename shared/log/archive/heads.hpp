#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "shared/log/archive/database.hpp"
#include "shared/log/archive/run_check.hpp"

/// Writes the indexes that hang on a run: its head row, its inbox row, its place in a group.
namespace callboard::log {

/// Columns of one statement, as array parameters in the order in which they were added.
class Columns {
 public:
  explicit Columns(std::size_t rows) : rows_(rows) {}
  ArrayWriter& add(PgType type, std::size_t bytes_each) {
    return columns_.emplace_back(type, rows_, rows_ * bytes_each);
  }
  Params take() &&;

 private:
  std::size_t rows_;
  std::deque<ArrayWriter> columns_;  // references to the columns stay valid
};

void add_time(ArrayWriter& column, const std::optional<Time>& at);
/// The ids of a one-column answer.
std::vector<RunId> run_ids(const Rows& rows);
/// A parameter: an array of the runs' ids.
Params ids_of(std::span<const RunId> runs);

struct HeadWrite {
  RunHeadRow row;
  std::string group;
  std::optional<run::Rate> rate{};  // the throttle that the run waits for, or had turns of
  struct Turn {
    std::string rate;  // as it stands in the index
    Time at{};
    Time until{};
  };
  std::vector<Turn> turns{};  // that the run and its steps had
  /// The run does not fold: the row is made where there is none, and one that stands is left as it is.
  bool is_guess = false;
};

/// What can be said of a run that does not fold: its creation, and its last close by the types of its rows.
/// For a head row, so that the run is seen at all.
RunHeadRow guess_head(const run::Created& created, const std::vector<run::Event>& events,
                      Partition partitions);

/// Makes the rows as they are given. Answers with the runs whose row changed; one whose definition is not
/// stored gets none. An open run's state stays as it is shown, a group as it stands.
Result<std::vector<RunId>> put_heads(LongSession& session, const std::vector<HeadWrite>& heads);

/// The turns that these runs have taken and that some span still has in it.
Result<std::size_t> put_turns(LongSession& session, const std::vector<HeadWrite>& heads);

/// Makes the label rows of these runs what they are given as. Answers with the runs whose labels changed.
Result<std::vector<RunId>> put_labels(LongSession& session, const std::vector<HeadWrite>& heads);

/// An inbox row for each of these runs that is open and has none: its partition's owner then reads it.
Result<std::vector<RunId>> tell_of_open_runs(LongSession& session, std::span<const RunId> runs);

/// A place for every open run that was admitted to its group and has none: the lowest that is free.
Result<std::vector<RunId>> give_places(LongSession& session);

}  // namespace callboard::log
