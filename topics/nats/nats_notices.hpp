#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "topics/bus.hpp"
#include "topics/nats/nats_connection.hpp"

namespace callboard::topics {

/// Notices on plain subjects: sent once, to whoever listens.
class NatsNotices final : public Notices {
 public:
  explicit NatsNotices(NatsConnection& connection) : connection_(connection) {}
  ~NatsNotices() override;

  void notify(Partition partition, std::string bytes) override;
  void subscribe(Partition partition) override;
  void unsubscribe(Partition partition) override;
  void on_notice(OnNotice handler) override { on_notice_ = std::move(handler); }
  void broadcast(Audience audience, std::string bytes) override;
  void listen(Audience audience, OnNotice handler) override;

 private:
  NatsConnection& connection_;
  OnNotice on_notice_;
  std::map<Partition, std::uint64_t> partitions_;
  /// Who listens here to an audience, behind one subscription.
  struct Ears {
    std::uint64_t subscription = 0;
    std::vector<OnNotice> handlers;
  };
  std::map<Audience, Ears> audiences_;
};

}  // namespace callboard::topics
