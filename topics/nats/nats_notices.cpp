#include "topics/nats/nats_notices.hpp"

#include <utility>

namespace callboard::topics {
namespace {

std::string notice_subject(Partition partition) { return "callboard.notice." + std::to_string(partition); }

std::string audience_subject(Notices::Audience audience) {
  return audience == Notices::Audience::workers ? "callboard.workers" : "callboard.dispatchers";
}

}  // namespace

NatsNotices::~NatsNotices() {
  for (const auto& [partition, subscription] : partitions_) connection_.unsubscribe(subscription);
  for (const auto& [audience, ears] : audiences_) connection_.unsubscribe(ears.subscription);
}

void NatsNotices::notify(Partition partition, std::string bytes) {
  connection_.publish(notice_subject(partition), bytes);
}

void NatsNotices::subscribe(Partition partition) {
  if (partitions_.contains(partition)) return;
  partitions_[partition] = connection_.subscribe(
      notice_subject(partition), [this](const NatsMessage& message) { on_notice_(message.data); });
}

void NatsNotices::unsubscribe(Partition partition) {
  const auto node = partitions_.extract(partition);
  if (!node.empty()) connection_.unsubscribe(node.mapped());
}

void NatsNotices::broadcast(Audience audience, std::string bytes) {
  connection_.publish(audience_subject(audience), bytes);
}

void NatsNotices::listen(Audience audience, OnNotice handler) {
  const auto [at, is_first] = audiences_.try_emplace(audience);
  Ears& ears = at->second;
  ears.handlers.push_back(std::move(handler));
  if (!is_first) return;
  ears.subscription = connection_.subscribe(audience_subject(audience), [&ears](const NatsMessage& message) {
    for (OnNotice& hear : ears.handlers) hear(message.data);
  });
}

}  // namespace callboard::topics
