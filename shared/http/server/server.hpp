#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/ports.hpp"
#include "shared/http/server/exchange.hpp"

namespace callboard::runtime {
class AsioLoop;
}

namespace callboard::http {

/// An HTTP/1.1 server on the loop's thread: keep-alive, pipelined requests answered in their order, chunked
/// bodies, 100-continue. Everything is bounded: headers, bodies by route, the bytes of all bodies together,
/// connections, and the time that a sender or reader takes.
class Server {
 public:
  struct Options {
    /// Asked once the headers are there and before the body is read: the most that a body of this route may
    /// have (413).
    std::function<std::size_t(std::string_view path)> body_limit;
    std::size_t bodies_in_flight = limits::kBodiesInFlightBytes;  // of unanswered requests; beyond it 503
    std::size_t connections = limits::kConnections;               // beyond it 503
    std::size_t stream_buffer = limits::kMiB;  // unsent bytes of one stream; beyond it it is cut off
    Micros header_timeout = limits::kHeaderTimeout;
    Micros body_timeout = limits::kBodyTimeout;
    Micros write_timeout = limits::kBodyTimeout;
    Micros idle_timeout = limits::kIdleTimeout;
    Micros linger =
        std::chrono::seconds(5);  // a refused sender's bytes are read that long, so that it sees why
    Micros stop_grace = std::chrono::seconds(10);   // then stop() cuts off what is unfinished
    Micros sweep = std::chrono::milliseconds(250);  // how often time-outs are looked at; they are that coarse
  };
  /// Called on the loop for each whole request.
  using Handler = std::function<void(Request, Responder)>;

  struct Counts {
    std::uint64_t connections = 0;  // open now
    std::uint64_t body_bytes = 0;   // of unanswered requests
    std::uint64_t requests = 0;
    std::uint64_t timeouts = 0;              // connections cut off for being slow
    std::array<std::uint64_t, 6> answers{};  // by the first digit of the status
  };

  Server(runtime::AsioLoop& loop, Clock& clock, Options options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `address` is an IP address or `localhost`; port 0 picks one. Answers with the port.
  Result<std::uint16_t> listen(std::string_view address, std::uint16_t port);
  /// Accepts nothing more, ends streams and idle connections, lets requests finish (at most
  /// Options::stop_grace).
  void stop(Task stopped);
  Counts counts() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;  // shared with the operations that are still in flight when the server goes
};

}  // namespace callboard::http
