#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"

namespace callboard::loadtest {

/// An address on the loopback range: the load goes nowhere else.
struct Target {
  std::string host;
  unsigned short port = 0;
};
/// http://127.0.0.1:8080 and the like; `forbidden` for any address that is not loopback.
Result<Target> parse_target(std::string_view url);

/// A request's bytes.
std::string format_request(const Target& target, std::string_view method, std::string_view path,
                           std::string_view headers, std::string_view body);

/// What came back; the body is good until the next request on that connection.
struct HttpAnswer {
  int status = 0;
  std::string_view body;
};

/// One keep-alive connection with one request at a time, on the loop of its owner. It connects when it is
/// first asked, and anew after it broke. Must outlive the loop's run.
class HttpConnection {
 public:
  /// Told from the loop, never from within ask(): the answer, or `unavailable` if the connection broke.
  using Answered = std::function<void(const Result<HttpAnswer>&)>;

  HttpConnection(boost::asio::io_context& context, Target target)
      : target_(std::move(target)), socket_(context) {}

  /// `request` holds head and body. Not while another is under way.
  void ask(std::string request, Answered answered);
  /// Breaks what is under way, and closes.
  void close();

 private:
  void write();
  void read();
  void broke(const std::string& what);

  Target target_;
  boost::asio::ip::tcp::socket socket_;
  std::string request_;
  Answered answered_;
  std::string read_;
  std::size_t filled_ = 0;
};

}  // namespace callboard::loadtest
