#include "dispatcher/engine/inbox.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace callboard::dispatcher {
namespace {

constexpr int kRowsAtOnce = 256;

}  // namespace

void Inbox::read() {
  if (stopped_ || !partitions_.acts() || partitions_.size() == 0) return;
  if (std::exchange(reading_, true)) {
    read_again_ = true;
    return;
  }
  ports_.ownership.read_inbox(partitions_.held(), kRowsAtOnce,
                              [this](Result<std::vector<log::Ownership::InboxRow>> rows) {
                                if (stopped_) return;
                                if (rows && !rows->empty())
                                  have(std::move(*rows));
                                else
                                  have_read();
                              });
}

void Inbox::have_read() {
  reading_ = false;
  if (std::exchange(read_again_, false)) read();
}

void Inbox::have(std::vector<log::Ownership::InboxRow> rows) {
  std::map<RunId, std::vector<log::Ownership::InboxRow>> by_run;
  const bool is_full = rows.size() == static_cast<std::size_t>(kRowsAtOnce);
  if (!is_full) forget_deleted(rows);
  for (auto& row : rows) {
    const bool is_known = kept_.contains(row.id) && runs_.is_to_be_rewound(row.run);
    if (!is_known) by_run[row.run].push_back(row);
  }
  if (by_run.empty()) return have_read();
  // Shared by the loads of the batch: the last one to end deletes the rows.
  const auto batch = std::make_shared<Batch>(Batch{{}, by_run.size(), is_full});
  for (auto& [run, of_run] : by_run) {
    loader_.load(run, [this, batch, covered = std::move(of_run)](bool was_read) {
      for (const auto& row : covered) was_read ? void(kept_.erase(row.id)) : void(kept_.insert(row.id));
      if (was_read) std::ranges::copy(covered, std::back_inserter(batch->folded));
      if (--batch->open == 0) end(batch);
    });
  }
}

/// All rows that there are.
void Inbox::forget_deleted(const std::vector<log::Ownership::InboxRow>& rows) {
  std::erase_if(kept_, [&](std::int64_t id) {
    return std::ranges::find(rows, id, &log::Ownership::InboxRow::id) == rows.end();
  });
}

void Inbox::end(const std::shared_ptr<Batch>& batch) {
  std::erase_if(batch->folded, [this](const auto& row) { return !partitions_.owns(row.partition); });
  if (batch->folded.empty()) return have_read();
  ports_.ownership.delete_inbox(self_, std::move(batch->folded),
                                [this, is_full = batch->is_full](Result<bool> deleted) {
                                  if (stopped_) return;
                                  read_again_ |= deleted && is_full;
                                  have_read();
                                });
}

void Inbox::compare_open_runs() {
  if (stopped_) return;
  std::map<Partition, std::vector<RunId>> known;
  for (const Partition partition : partitions_.held()) known.try_emplace(partition);
  runs_.each([&](const OpenRun& run) { known[run.partition].push_back(run.state.id); });
  parked_.each([&](const RunId& run, Partition partition) { known[partition].push_back(run); });
  for (auto& [partition, before] : known) compare(partition, std::move(before));
}

void Inbox::compare(Partition partition, std::vector<RunId> before) {
  std::ranges::sort(before);
  ports_.ownership.open_runs(partition,
                             [this, partition, before = std::move(before)](Result<std::vector<RunId>> open) {
                               if (stopped_ || !open || !partitions_.owns(partition)) return;
                               compared(std::move(*open), before);
                             });
}

void Inbox::compared(std::vector<RunId> open, const std::vector<RunId>& before) {
  std::ranges::sort(open);
  for (const RunId& run : open) {
    const bool was_known = std::ranges::binary_search(before, run);
    if (!was_known && runs_.find(run) == nullptr && !parked_.find(run) && !loader_.is_loading(run))
      loader_.load(run, {});
  }
  for (const RunId& run : before) {
    if (std::ranges::binary_search(open, run)) continue;
    runs_.drop(run);
    parked_.drop(run);
  }
}

}  // namespace callboard::dispatcher
