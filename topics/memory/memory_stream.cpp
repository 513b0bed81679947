#include "topics/memory/memory_stream.hpp"

namespace callboard::topics {

std::uint64_t MemoryStream::add(Job job) {
  const std::uint64_t sequence = ++last_;
  waiting_[job.pool].insert(sequence);
  jobs_.emplace(sequence, std::move(job));
  return sequence;
}

bool MemoryStream::holds(std::uint64_t sequence, std::string_view id) const {
  const auto found = jobs_.find(sequence);
  return found != jobs_.end() && found->second.id == id;
}

std::optional<std::uint64_t> MemoryStream::take(const std::string& pool, Steady until) {
  const auto queue = waiting_.find(pool);
  if (queue == waiting_.end() || queue->second.empty()) return std::nullopt;
  const std::uint64_t sequence = *queue->second.begin();
  queue->second.erase(queue->second.begin());
  Job& job = jobs_.at(sequence);
  ++job.deliveries;
  job.away_until = until;
  due_.emplace(until, sequence);
  return sequence;
}

void MemoryStream::acknowledge(std::uint64_t sequence) {
  const auto found = jobs_.find(sequence);
  if (found == jobs_.end() || found->second.deliveries == 0) return;
  if (found->second.away_until) due_.erase({*found->second.away_until, sequence});
  waiting_[found->second.pool].erase(sequence);
  jobs_.erase(found);
}

void MemoryStream::keep_away(std::uint64_t sequence, Steady until) {
  const auto found = jobs_.find(sequence);
  if (found == jobs_.end() || !found->second.away_until) return;
  due_.erase({*found->second.away_until, sequence});
  found->second.away_until = until;
  due_.emplace(until, sequence);
}

std::optional<Steady> MemoryStream::next_due() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

void MemoryStream::wake(Steady now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const std::uint64_t sequence = due_.begin()->second;
    due_.erase(due_.begin());
    Job& job = jobs_.at(sequence);
    job.away_until.reset();
    waiting_[job.pool].insert(sequence);
  }
}

void MemoryStream::purge() {
  jobs_.clear();
  waiting_.clear();
  due_.clear();
}

}  // namespace callboard::topics
