#include "tests/support/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace callboard::test {

RawClient::RawClient(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval most{.tv_sec = 60, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
  // Nobody listens: every later call then tells that the connection has ended.
  if (connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) shutdown(socket_, SHUT_RDWR);
}

RawClient::~RawClient() { close(socket_); }

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::finish_sending() { shutdown(socket_, SHUT_WR); }

bool RawClient::fill() {
  std::array<char, 65536> piece;
  const ssize_t got = recv(socket_, piece.data(), piece.size(), 0);
  if (got <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::read_until(std::string_view text) {
  std::size_t at = buffer_.find(text);
  while (at == std::string::npos) {
    if (!fill()) return {};
    at = buffer_.find(text);
  }
  std::string out = buffer_.substr(0, at + text.size());
  buffer_.erase(0, at + text.size());
  return out;
}

bool RawClient::read_to_end() {
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t got = recv(socket_, piece.data(), piece.size(), 0);
    if (got == 0) return true;
    if (got < 0) return errno == ECONNRESET;
  }
}

RawClient::Answer RawClient::read_answer() {
  Answer answer;
  answer.head = read_until("\r\n\r\n");
  if (answer.head.size() < 12) return {};
  answer.status = std::atoi(answer.head.c_str() + 9);
  const std::string length = answer.header("Content-Length");
  const std::size_t size = length.empty() ? 0 : std::strtoull(length.c_str(), nullptr, 10);
  while (buffer_.size() < size) {
    if (!fill()) return {};
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::string RawClient::Answer::header(std::string_view name) const {
  const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  std::string wanted = "\r\n";
  wanted += name;
  wanted += ": ";
  const auto at = std::search(head.begin(), head.end(), wanted.begin(), wanted.end(), same);
  if (at == head.end()) return {};
  const auto begin = at + static_cast<std::ptrdiff_t>(wanted.size());
  return {begin, std::find(begin, head.end(), '\r')};
}

RawClient::Answer ask(std::uint16_t port, std::string_view method, std::string_view target,
                      std::string_view headers, std::string_view body) {
  RawClient client(port);
  std::string request(method);
  request += " ";
  request += target;
  request += " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  request += headers;
  if (!body.empty() || method == "POST") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n";
  // A server may refuse while the body is still on its way: its answer is read all the same.
  if (client.send(request)) client.send(body);
  return client.read_answer();
}

}  // namespace callboard::test
