#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "topics/bus.hpp"
#include "topics/nats/jetstream.hpp"
#include "topics/nats/nats_connection.hpp"

namespace callboard::topics {

/// Takes jobs of one pool from its durable pull consumer, which all workers of the pool share.
class NatsSource final : public JobSource, private NatsConnection::Watcher {
 public:
  NatsSource(NatsConnection& connection, JetStream& stream, const Clock& clock, std::string pool);
  ~NatsSource() override;

  void start(OnJob on_job) override;
  void want(std::uint32_t slots) override;
  void ack(std::uint64_t handle) override;
  void hand_back(std::uint64_t handle, Micros delay) override;
  void renew(const std::vector<std::uint64_t>& handles) override;
  void stop(Task stopped) override;

 private:
  /// A request for a batch that the server may still owe a part of.
  struct Pull {
    std::uint32_t batch = 0;
    Steady over{};  // when nothing more will come of it
  };

  void on_connected() override;
  void on_lost() override;

  void make_consumer();
  void retry_consumer();
  void ask_later();
  void ask();
  void on_message(const NatsMessage& message);
  void on_status(const NatsMessage& message);
  void on_job(const NatsMessage& message);
  bool take_slot();
  Micros age_of(Time stored);
  /// `count` of what was asked for won't come.
  void give_up(std::uint32_t count);
  void give_up_all();
  void check_pulls();
  /// It has to be made again, and asked again.
  void lose_consumer();
  void unsubscribe();

  NatsConnection& connection_;
  JetStream& stream_;
  const Clock& clock_;
  std::string pool_;
  std::string inbox_;
  std::string pull_subject_;
  OnJob on_job_;
  std::uint64_t subscription_ = 0;
  std::uint64_t advisory_ = 0;  // that the consumer is gone: no request need be open to hear it
  bool ready_ = false;          // the consumer is there
  bool making_ = false;
  bool stopping_ = false;
  bool asking_ = false;        // `ask` runs at the end of this turn
  std::uint32_t unasked_ = 0;  // wanted, and not in any request
  std::uint32_t asked_ = 0;    // in requests, and not delivered
  std::map<std::uint64_t, Pull> pulls_;
  std::uint64_t last_pull_ = 0;
  Steady heard_{};                                       // the last message about a request, of any kind
  std::unordered_map<std::uint64_t, std::string> held_;  // where to answer
  std::uint64_t last_handle_ = 0;
  Micros clock_behind_{0};  // by how much at least our clock is behind the broker's
  Loop::TimerId retry_ = 0;
  Loop::TimerId check_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // tasks on their way look whether it is gone
};

}  // namespace callboard::topics
