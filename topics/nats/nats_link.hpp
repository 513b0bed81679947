#pragma once

#include <nats/nats.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "topics/nats/nats_bus.hpp"

namespace callboard::topics {

/// A message as it arrived; borrowed for the call.
struct NatsMessage {
  std::string_view subject;
  std::string_view reply;
  std::string_view data;
  /// Of a message that only tells how a request stands: 100, 404, 408, 409; 503 (nobody serves the subject)
  /// comes without a subject. 0: an ordinary message.
  int status = 0;
  /// With 408 and 409, if the server says so: how many of the batch it still owed.
  std::string_view pending;
};
/// The number behind the last dot of an inbox subject; 0 if there is none.
std::uint64_t last_token(std::string_view subject);
using OnNatsMessage = std::function<void(const NatsMessage&)>;

class NatsLink;

/// A connection of the C library that nobody drives yet. Made on any thread.
struct OpenedLink {
  /// What the library's callbacks are given. It outlives the connection.
  struct Hooks {
    int socket = -1;
    NatsLink* link = nullptr;  // set and read on the loop's thread
  };
  struct Destroy {
    void operator()(natsConnection* closing) const { natsConnection_Destroy(closing); }
  };
  std::unique_ptr<Hooks> hooks;
  std::unique_ptr<natsConnection, Destroy> connection;
};

/// Connects; blocks the calling thread for up to 2 s.
Result<OpenedLink> open_link(const NatsOptions& options);

/// One life of a connection, driven by the loop: the library's event-loop mode without any of its threads.
/// What is published in one turn goes out in one write. The library never reconnects by itself and sends no
/// pings of its own, so each of its callbacks comes on the loop's thread.
class NatsLink {
 public:
  /// `lost` is called in a turn of its own, once, when the connection is gone. `heard` after each read.
  struct Owner {
    std::function<void()> lost;
    std::function<void()> heard;
  };
  NatsLink(boost::asio::io_context& context, OpenedLink opened, Owner owner);
  ~NatsLink();
  NatsLink(const NatsLink&) = delete;
  NatsLink& operator=(const NatsLink&) = delete;

  /// False: the connection is gone, too much is unsent, or the message is larger than the server takes.
  bool publish(const std::string& subject, std::string_view bytes, const std::string& reply);
  void subscribe(std::uint64_t id, const std::string& subject, OnNatsMessage handler);
  void unsubscribe(std::uint64_t id);

 private:
  struct Subscription {
    std::uint64_t id = 0;
    natsSubscription* handle = nullptr;
    OnNatsMessage handler;
  };

  static natsStatus on_attach(void** hooks, void* given, natsConnection* connection, natsSock socket);
  static natsStatus on_read(void* hooks, bool add);
  static natsStatus on_write(void* hooks, bool add);
  static natsStatus on_detach(void* hooks);
  friend Result<OpenedLink> open_link(const NatsOptions& options);

  void wait_readable();
  void read();
  void request_write();
  void write();
  void wait_writable();
  void stop_watching();
  /// Hands on what the subscriptions hold.
  void deliver();
  static void deliver_from(Subscription& subscription);
  void forget_dropped();

  OpenedLink opened_;
  Owner owner_;
  boost::asio::posix::stream_descriptor socket_;
  bool watching_ = true;
  bool write_wanted_ = false;
  bool told_ = false;
  bool delivering_ = false;
  // Shared: one may be dropped by the handler that it is calling.
  std::vector<std::shared_ptr<Subscription>> subscriptions_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // tasks on their way look whether it is gone
};

}  // namespace callboard::topics
