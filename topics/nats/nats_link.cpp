#include "topics/nats/nats_link.hpp"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <charconv>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::topics {
namespace {

namespace asio = boost::asio;

constexpr int kConnectMs = 2'000;
constexpr int kReadBytes = 64 * 1024;
constexpr int kReadsAtEnd = 10'000;
constexpr std::size_t kUnsentBytes = 16 * limits::kMiB;

/// The library gives messages to a thread of its own to free, and wakes it up: once for many.
constexpr std::size_t kDestroyed = 256;
struct DestroyMessage {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};

struct DestroyOptions {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};

/// What the library would print is told to the caller by each call's status.
void ignore_error(natsConnection*, natsSubscription*, natsStatus, void*) {}

int status_of(natsMsg* message) {
  const char* text = nullptr;
  if (natsMsgHeader_Get(message, "Status", &text) != NATS_OK) return 0;
  int status = 0;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return status;
}

std::string_view view(const char* text) { return text ? std::string_view(text) : std::string_view(); }

}  // namespace

std::uint64_t last_token(std::string_view subject) {
  std::uint64_t number = 0;
  const std::string_view token = subject.substr(subject.rfind('.') + 1);
  std::from_chars(token.data(), token.data() + token.size(), number);
  return number;
}

Result<OpenedLink> open_link(const NatsOptions& options) {
  natsOptions* made = nullptr;
  natsStatus status = natsOptions_Create(&made);
  const std::unique_ptr<natsOptions, DestroyOptions> owned(made);
  OpenedLink opened{std::make_unique<OpenedLink::Hooks>(), nullptr};
  const auto set = [&](natsStatus done) {
    if (status == NATS_OK) status = done;
  };
  set(natsOptions_SetURL(made, options.url.c_str()));
  set(natsOptions_SetName(made, options.name.c_str()));
  set(natsOptions_SetTimeout(made, kConnectMs));
  set(natsOptions_SetAllowReconnect(made, false));
  set(natsOptions_SetPingInterval(made, 0));
  set(natsOptions_SetSendAsap(made, true));
  set(natsOptions_SetIOBufSize(made, kReadBytes));
  set(natsOptions_SetErrorHandler(made, ignore_error, nullptr));
  set(natsOptions_SetEventLoop(made, opened.hooks.get(), NatsLink::on_attach, NatsLink::on_read,
                               NatsLink::on_write, NatsLink::on_detach));
  natsConnection* connection = nullptr;
  if (status == NATS_OK) status = natsConnection_Connect(&connection, made);
  if (status != NATS_OK) {
    return fail(ErrorCode::unavailable, std::string("can't connect to NATS: ") + natsStatus_GetText(status));
  }
  opened.connection.reset(connection);
  return opened;
}

natsStatus NatsLink::on_attach(void** hooks, void* given, natsConnection*, natsSock socket) {
  static_cast<OpenedLink::Hooks*>(given)->socket = socket;
  *hooks = given;
  return NATS_OK;
}

natsStatus NatsLink::on_read(void* hooks, bool add) {
  NatsLink* link = static_cast<OpenedLink::Hooks*>(hooks)->link;
  if (link && !add) link->stop_watching();
  return NATS_OK;
}

natsStatus NatsLink::on_write(void* hooks, bool add) {
  NatsLink* link = static_cast<OpenedLink::Hooks*>(hooks)->link;
  if (link && add) link->request_write();
  if (link && !add) link->write_wanted_ = false;
  return NATS_OK;
}

natsStatus NatsLink::on_detach(void*) { return NATS_OK; }

NatsLink::NatsLink(asio::io_context& context, OpenedLink opened, Owner owner)
    : opened_(std::move(opened)), owner_(std::move(owner)), socket_(context, opened_.hooks->socket) {
  opened_.hooks->link = this;
  wait_readable();
}

/// The library would wait for an answer of the server if something were unsent: the connection is cut first.
NatsLink::~NatsLink() {
  told_ = true;
  if (watching_) ::shutdown(opened_.hooks->socket, SHUT_RDWR);
  for (int i = 0; watching_ && i < kReadsAtEnd; ++i)
    natsConnection_ProcessReadEvent(opened_.connection.get());
  for (const auto& subscription : subscriptions_)
    natsSubscription_Destroy(std::exchange(subscription->handle, nullptr));
  opened_.hooks->link = nullptr;
}

void NatsLink::wait_readable() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& cancelled) {
                       if (!alive.expired() && !cancelled && watching_) read();
                     });
}

void NatsLink::read() {
  const std::weak_ptr alive = alive_;
  natsConnection_ProcessReadEvent(opened_.connection.get());
  owner_.heard();
  deliver();
  if (alive.expired()) return;
  if (watching_) wait_readable();
}

void NatsLink::request_write() {
  write_wanted_ = true;
  asio::post(socket_.get_executor(), [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) write();
  });
}

/// Nothing is wanted once the library has said so: an empty write would look like a closed connection to it.
void NatsLink::write() {
  if (!write_wanted_ || !watching_) return;
  natsConnection_ProcessWriteEvent(opened_.connection.get());
  if (write_wanted_ && watching_) wait_writable();
}

void NatsLink::wait_writable() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                     [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& cancelled) {
                       if (!alive.expired() && !cancelled) write();
                     });
}

/// The library is about to close the socket.
void NatsLink::stop_watching() {
  if (!std::exchange(watching_, false)) return;
  socket_.release();
  if (std::exchange(told_, true)) return;
  asio::post(socket_.get_executor(), [lost = owner_.lost, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) lost();
  });
}

bool NatsLink::publish(const std::string& subject, std::string_view bytes, const std::string& reply) {
  natsConnection* connection = opened_.connection.get();
  if (!watching_ || natsConnection_Buffered(connection) > static_cast<int>(kUnsentBytes)) return false;
  const int size = static_cast<int>(bytes.size());
  return reply.empty() ? natsConnection_Publish(connection, subject.c_str(), bytes.data(), size) == NATS_OK
                       : natsConnection_PublishRequest(connection, subject.c_str(), reply.c_str(),
                                                       bytes.data(), size) == NATS_OK;
}

void NatsLink::subscribe(std::uint64_t id, const std::string& subject, OnNatsMessage handler) {
  natsSubscription* handle = nullptr;
  if (natsConnection_SubscribeSync(&handle, opened_.connection.get(), subject.c_str()) != NATS_OK) return;
  natsSubscription_SetPendingLimits(handle, -1, -1);
  subscriptions_.push_back(std::make_shared<Subscription>(Subscription{id, handle, std::move(handler)}));
}

void NatsLink::unsubscribe(std::uint64_t id) {
  for (const auto& subscription : subscriptions_) {
    if (subscription->id == id) natsSubscription_Destroy(std::exchange(subscription->handle, nullptr));
  }
  if (!delivering_) forget_dropped();
}

void NatsLink::forget_dropped() {
  std::erase_if(subscriptions_, [](const auto& subscription) { return subscription->handle == nullptr; });
}

void NatsLink::deliver() {
  const std::weak_ptr alive = alive_;
  delivering_ = true;
  for (std::size_t i = 0; i < subscriptions_.size(); ++i) {
    const auto subscription = subscriptions_[i];
    deliver_from(*subscription);
    if (alive.expired()) return;
  }
  delivering_ = false;
  forget_dropped();
}

void NatsLink::deliver_from(Subscription& subscription) {
  std::vector<std::unique_ptr<natsMsg, DestroyMessage>> done;
  std::uint64_t queued = 0;
  if (natsSubscription_QueuedMsgs(subscription.handle, &queued) != NATS_OK) return;
  for (; queued > 0 && subscription.handle; --queued) {
    natsMsg* message = nullptr;
    const natsStatus status = natsSubscription_NextMsg(&message, subscription.handle, 0);
    if (status == NATS_NO_RESPONDERS) {
      subscription.handler(NatsMessage{.subject = {}, .reply = {}, .data = {}, .status = 503, .pending = {}});
      continue;
    }
    if (status != NATS_OK) return;
    NatsMessage arrived{
        .subject = view(natsMsg_GetSubject(message)),
        .reply = view(natsMsg_GetReply(message)),
        .data = {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))},
        .status = 0,
        .pending = {}};
    if (arrived.data.empty()) arrived.status = status_of(message);
    const char* pending = nullptr;
    if (arrived.status != 0 && natsMsgHeader_Get(message, "Nats-Pending-Messages", &pending) == NATS_OK) {
      arrived.pending = view(pending);
    }
    subscription.handler(arrived);
    done.emplace_back(message);
    if (done.size() == kDestroyed) done.clear();
  }
}

}  // namespace callboard::topics
