#include "shared/http/server/server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <ctime>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shared/http/server/connection.hpp"
#include "shared/runtime/asio_loop.hpp"

namespace callboard::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 1'024;
constexpr Micros kAcceptPause =
    std::chrono::milliseconds(100);  // after the process ran out of file descriptors

std::string format_date(Time at) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace

class Server::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(runtime::AsioLoop& loop, Clock& clock, Options options, Handler handler)
      : loop_(loop), clock_(clock), acceptor_(loop.context()), shared_(std::make_shared<Shared>()) {
    shared_->options = std::move(options);
    shared_->handler = std::move(handler);
    shared_->date = format_date(clock_.now());
    if (!shared_->options.body_limit) {
      shared_->options.body_limit = [](std::string_view) { return limits::kApiBodyBytes; };
    }
    shared_->closed = [this](Connection& connection) { forget(connection); };
  }

  Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);
  void stop(Task stopped);
  void end();
  Counts counts() const {
    Counts out = shared_->counts;
    out.connections = connections_.size();
    return out;
  }

 private:
  void accept();
  void on_accepted(const error_code& error, tcp::socket socket);
  void sweep();
  void forget(Connection& connection);
  std::vector<std::shared_ptr<Connection>> open() const;

  runtime::AsioLoop& loop_;
  Clock& clock_;
  tcp::acceptor acceptor_;
  std::shared_ptr<Shared> shared_;  // as the connections
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  Loop::TimerId sweep_timer_ = 0;
  Loop::TimerId accept_timer_ = 0;
  std::uint64_t stop_tick_ = UINT64_MAX;
  Task stopped_;
};

Result<std::uint16_t> Server::Core::listen(std::string_view address, std::uint16_t port) {
  error_code error;
  const auto ip = asio::ip::make_address(address == "localhost" ? "127.0.0.1" : std::string(address), error);
  if (error) return fail(ErrorCode::invalid, "not an IP address: " + std::string(address));
  const tcp::endpoint endpoint(ip, port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (error) {
    return fail(ErrorCode::unavailable, "can't listen on " + std::string(address) + ":" +
                                            std::to_string(port) + ": " + error.message());
  }
  accept();
  sweep();
  return acceptor_.local_endpoint().port();
}

void Server::Core::accept() {
  acceptor_.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
    self->on_accepted(error, std::move(socket));
  });
}

void Server::Core::on_accepted(const error_code& error, tcp::socket socket) {
  if (!acceptor_.is_open()) return;
  if (error) {
    accept_timer_ = loop_.after(kAcceptPause, [this] { accept(); });
    return;
  }
  const auto connection = std::make_shared<Connection>(shared_, std::move(socket));
  const bool full = connections_.size() >= shared_->options.connections;
  connections_.emplace(connection.get(), connection);
  if (full) {
    connection->turn_away();
  } else {
    connection->start();
  }
  accept();
}

std::vector<std::shared_ptr<Connection>> Server::Core::open() const {
  std::vector<std::shared_ptr<Connection>> out;
  out.reserve(connections_.size());
  for (const auto& [key, connection] : connections_) out.push_back(connection);
  return out;
}

void Server::Core::sweep() {
  ++shared_->tick;
  shared_->date = format_date(clock_.now());
  const bool over = shared_->tick >= stop_tick_;
  for (const auto& connection : open()) {
    if (over) {
      connection->close();
    } else {
      connection->check_deadline();
    }
  }
  sweep_timer_ = loop_.after(shared_->options.sweep, [this] { sweep(); });
}

void Server::Core::forget(Connection& connection) {
  connections_.erase(&connection);
  if (connections_.empty() && stopped_) loop_.post(std::exchange(stopped_, nullptr));
}

void Server::Core::stop(Task stopped) {
  error_code ignored;
  acceptor_.close(ignored);
  loop_.cancel(accept_timer_);
  shared_->stopping = true;
  stop_tick_ = shared_->deadline(shared_->options.stop_grace);
  stopped_ = std::move(stopped);
  for (const auto& connection : open()) connection->finish();
  if (connections_.empty() && stopped_) loop_.post(std::exchange(stopped_, nullptr));
}

void Server::Core::end() {
  error_code ignored;
  acceptor_.close(ignored);
  loop_.cancel(sweep_timer_);
  loop_.cancel(accept_timer_);
  stopped_ = nullptr;
  for (const auto& connection : open()) connection->close();
  shared_->closed = [](Connection&) {};
}

Server::Server(runtime::AsioLoop& loop, Clock& clock, Options options, Handler handler)
    : core_(std::make_shared<Core>(loop, clock, std::move(options), std::move(handler))) {}
Server::~Server() { core_->end(); }

Result<std::uint16_t> Server::listen(std::string_view address, std::uint16_t port) {
  return core_->listen(address, port);
}
void Server::stop(Task stopped) { core_->stop(std::move(stopped)); }
Server::Counts Server::counts() const { return core_->counts(); }

}  // namespace callboard::http
