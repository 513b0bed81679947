#include "loadtest/http_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cctype>
#include <charconv>
#include <optional>

namespace callboard::loadtest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Where the body begins and ends in what was read so far, once the whole answer is there.
struct Frame {
  int status = 0;
  std::size_t body = 0;
  std::size_t end = 0;
};

std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto found = std::search(head.begin(), head.end(), kName.begin(), kName.end(), same);
  if (found == head.end()) return 0;
  const char* at = &*found + kName.size();
  while (*at == ' ') ++at;
  std::size_t length = 0;
  std::from_chars(at, head.data() + head.size(), length);
  return length;
}

std::optional<Frame> find_frame(std::string_view read) {
  const std::size_t head = read.find("\r\n\r\n");
  if (head == std::string_view::npos || head < 12) return std::nullopt;
  Frame frame;
  std::from_chars(read.data() + 9, read.data() + 12, frame.status);
  frame.body = head + 4;
  frame.end = frame.body + content_length(read.substr(0, frame.body));
  return frame.end <= read.size() ? std::optional(frame) : std::nullopt;
}

/// Asio's own sockets are inherited by programs: those that the stack starts again while the load goes on
/// would keep a thousand connections open, and PostgreSQL would not start for want of descriptors.
int open_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0); }

}  // namespace

Result<Target> parse_target(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme))
    return fail(ErrorCode::invalid, "expected an address like http://127.0.0.1:8080");
  url.remove_prefix(kScheme.size());
  url = url.substr(0, url.find('/'));
  const std::size_t colon = url.rfind(':');
  Target target;
  target.host = std::string(url.substr(0, colon));
  if (target.host == "localhost") target.host = "127.0.0.1";
  target.port = 80;
  if (colon != std::string_view::npos) {
    const auto port = url.substr(colon + 1);
    if (std::from_chars(port.data(), port.data() + port.size(), target.port).ec != std::errc()) {
      return fail(ErrorCode::invalid, "not a port: " + std::string(port));
    }
  }
  error_code failed;
  const auto address = asio::ip::make_address(target.host, failed);
  if (failed || !address.is_loopback()) {
    return fail(ErrorCode::forbidden,
                target.host + " is no loopback address: load goes to this machine only");
  }
  return target;
}

std::string format_request(const Target& target, std::string_view method, std::string_view path,
                           std::string_view headers, std::string_view body) {
  std::string out;
  out.reserve(256 + headers.size() + body.size());
  out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(target.host);
  out.append(":").append(std::to_string(target.port)).append("\r\n").append(headers);
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return out;
}

void HttpConnection::ask(std::string request, Answered answered) {
  request_ = std::move(request);
  answered_ = std::move(answered);
  if (socket_.is_open()) return write();
  const tcp::endpoint endpoint(asio::ip::make_address(target_.host), target_.port);
  const int fd = open_socket(endpoint.protocol().family());
  if (fd < 0) return asio::post(socket_.get_executor(), [this] { broke("no descriptor is left"); });
  socket_.assign(endpoint.protocol(), fd);
  socket_.async_connect(endpoint, [this](const error_code& failed) {
    if (failed) return broke("can't connect: " + failed.message());
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    write();
  });
}

void HttpConnection::close() {
  error_code ignored;
  socket_.close(ignored);
}

void HttpConnection::write() {
  filled_ = 0;
  asio::async_write(socket_, asio::buffer(request_), [this](const error_code& failed, std::size_t) {
    if (failed) return broke("can't send: " + failed.message());
    read();
  });
}

void HttpConnection::read() {
  if (read_.size() < filled_ + 16384) read_.resize(std::max<std::size_t>(32768, read_.size() * 2));
  socket_.async_read_some(asio::buffer(read_.data() + filled_, read_.size() - filled_),
                          [this](const error_code& failed, std::size_t size) {
                            if (failed) return broke("can't read: " + failed.message());
                            filled_ += size;
                            const auto frame = find_frame({read_.data(), filled_});
                            if (!frame) return read();
                            const std::string_view body(read_.data() + frame->body, frame->end - frame->body);
                            std::exchange(answered_, nullptr)(HttpAnswer{frame->status, body});
                          });
}

void HttpConnection::broke(const std::string& what) {
  close();
  std::exchange(answered_, nullptr)(fail(ErrorCode::unavailable, what));
}

}  // namespace callboard::loadtest
