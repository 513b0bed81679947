#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace callboard::cli {

/// A dispatcher that answers from a table, one connection at a time, and remembers what it was asked.
class FakeApi {
 public:
  FakeApi() : server_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(server_, reinterpret_cast<const sockaddr*>(&address), size);
    listen(server_, 16);
    getsockname(server_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~FakeApi() {
    shutdown(server_, SHUT_RDWR);
    thread_.join();
    close(server_);
  }
  FakeApi(const FakeApi&) = delete;
  FakeApi& operator=(const FakeApi&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// `what` is "GET /api/runs/1".
  void answer(const std::string& what, int status, const std::string& body) {
    const std::scoped_lock lock(mutex_);
    answers_[what] = {status, body};
  }
  /// Requests so far, heads and bodies.
  std::vector<std::string> requests() {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    while (true) {
      const int client = accept(server_, nullptr, nullptr);
      if (client < 0) return;
      const std::string request = read_request(client);
      const std::string answer = find_answer(request);
      if (write(client, answer.data(), answer.size()) < 0) requests_.emplace_back("the client went away");
      close(client);
    }
  }

  static std::string read_request(int client) {
    std::string request;
    std::array<char, 4096> piece{};
    std::size_t wanted = std::string::npos;
    while (request.size() < wanted) {
      const ssize_t size = read(client, piece.data(), piece.size());
      if (size <= 0) break;
      request.append(piece.data(), static_cast<std::size_t>(size));
      const auto head = request.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      const auto length = request.find("Content-Length: ");
      wanted = head + 4 + (length < head ? std::stoul(request.substr(length + 16)) : 0);
    }
    return request;
  }

  std::string find_answer(const std::string& request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    const std::string what = request.substr(0, request.find(" HTTP/"));
    const auto found = answers_.find(what);
    const int status = found == answers_.end() ? 404 : found->second.first;
    const std::string body =
        found == answers_.end() ? R"({"detail":"nothing at )" + what + "\"}" : found->second.second;
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  int server_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::pair<int, std::string>> answers_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace callboard::cli
