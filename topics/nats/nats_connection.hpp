#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "shared/base/ports.hpp"
#include "topics/nats/nats_link.hpp"

namespace callboard::runtime {
class AsioLoop;
}

namespace callboard::topics {

/// A connection that is made again for ever, with the subscriptions that outlive each of its lives. On the
/// loop's thread.
class NatsConnection {
 public:
  /// Told when a life begins and ends. Both are called in turns of their own.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void on_connected() = 0;
    virtual void on_lost() = 0;
  };

  NatsConnection(runtime::AsioLoop& loop, NatsOptions options);
  ~NatsConnection();
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  bool is_connected() const { return link_ != nullptr; }
  Loop& loop();
  /// A subject prefix that nobody else has, ending in a dot: for answers to its caller.
  std::string make_inbox();

  /// False: not connected, or refused; the message is not sent.
  bool publish(const std::string& subject, std::string_view bytes, const std::string& reply = {});
  std::uint64_t subscribe(std::string subject, OnNatsMessage handler);
  void unsubscribe(std::uint64_t id);

  void watch(Watcher& watcher);
  void unwatch(Watcher& watcher);

  /// Calls back once the server has read everything that was published before, or the connection is gone.
  void flush(Task flushed);
  /// Lets go for good; is not connected afterwards.
  void close();

 private:
  struct Subscription {
    std::string subject;
    OnNatsMessage handler;
  };

  void try_to_connect();
  void adopt(Result<OpenedLink> opened);
  void on_lost();
  void tell(void (Watcher::*what)());
  void arm_heartbeat();
  void on_flushed(std::uint64_t number);

  runtime::AsioLoop& loop_;
  NatsOptions options_;
  std::string inbox_;  // of this process
  std::string echo_;   // what is published there comes back
  std::unique_ptr<NatsLink> link_;
  std::map<std::uint64_t, Subscription> subscriptions_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_inbox_ = 0;
  std::vector<Watcher*> watchers_;
  std::map<std::uint64_t, Task> flushes_;
  std::uint64_t last_flush_ = 0;
  Loop::TimerId heartbeat_ = 0;
  Loop::TimerId retry_ = 0;
  int silent_beats_ = 0;
  int failures_ = 0;
  bool closed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // tasks on their way look whether it is gone
  std::jthread attempt_;
};

}  // namespace callboard::topics
