#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace callboard::test {

/// A real HTTP server on a free port of the loopback: one request a connection, answered by the test, on a
/// thread of the server's own.
class TinyServer {
 public:
  struct Request {
    std::string head;  // request line and headers
    std::string body;

    std::string line() const { return head.substr(0, head.find("\r\n")); }
    bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
  };
  /// The whole answer; empty: nothing is said until the other side closes.
  using Answer = std::function<std::string(const Request&)>;

  explicit TinyServer(Answer answer = [](const Request&) { return std::string(); })
      : answer_(std::move(answer)), socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    listen(socket_, 16);
    thread_ = std::thread([this] { serve(); });
  }
  ~TinyServer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;

  std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1") const {
    return "http://" + std::string(host) + ":" + std::to_string(port_) + std::string(path);
  }
  /// What the requests that come from now on get.
  void answer(std::string text) {
    const std::scoped_lock lock(mutex_);
    answer_ = [text = std::move(text)](const Request&) { return text; };
  }
  std::vector<Request> requests() {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

  static std::string say(int status, std::string_view headers, std::string_view body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(headers) + "\r\n" + std::string(body);
  }
  static std::string json(int status, std::string_view body) {
    return say(status, "Content-Type: application/json\r\n", body);
  }

 private:
  void serve() {
    for (int peer = 0; (peer = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      const std::string answer = answer_to(read(peer));
      if (answer.empty()) {
        char byte = 0;
        while (recv(peer, &byte, 1, 0) > 0) continue;
      } else {
        send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      close(peer);
    }
  }

  std::string answer_to(Request request) {
    const std::scoped_lock lock(mutex_);
    return answer_(requests_.emplace_back(std::move(request)));
  }

  static Request read(int peer) {
    std::string text;
    std::size_t end = std::string::npos;
    std::size_t length = 0;
    char buffer[4096];
    while (end == std::string::npos || text.size() < end + 4 + length) {
      const ssize_t got = recv(peer, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
      if (end != std::string::npos) continue;
      end = text.find("\r\n\r\n");
      const std::size_t at = text.find("Content-Length: ");
      if (end != std::string::npos && at < end) length = std::stoul(text.substr(at + 16));
    }
    if (end == std::string::npos) return {text, {}};
    return {text.substr(0, end + 2), text.substr(end + 4)};
  }

  std::mutex mutex_;  // guards answer_ and requests_
  Answer answer_;
  int socket_;
  std::uint16_t port_ = 0;
  std::vector<Request> requests_;
  std::thread thread_;
};

}  // namespace callboard::test
