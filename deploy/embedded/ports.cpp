#include "deploy/embedded/ports.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace callboard::embedded {
namespace {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) found = nullptr;
  return {found, &freeaddrinfo};
}

/// The port bound, or 0.
std::uint16_t try_bind(const std::string& host, std::uint16_t port) {
  const Addresses address = resolve(host, port);
  if (!address) return 0;
  const Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(socket.fd(), address->ai_addr, address->ai_addrlen) != 0 || listen(socket.fd(), 1) != 0) return 0;
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&bound), &size);
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

}  // namespace

Result<std::uint16_t> find_free_port(const std::string& host, std::uint16_t wanted, bool strict) {
  if (const std::uint16_t port = try_bind(host, wanted); port != 0) return port;
  if (strict) {
    return fail(ErrorCode::conflict,
                host + ":" + std::to_string(wanted) +
                    " is in use by another program: choose another port with --listen, or 0 for a free one");
  }
  if (const std::uint16_t port = try_bind(host, 0); port != 0) return port;
  return fail(ErrorCode::unavailable, "can't listen on " + host + ": " + std::strerror(errno));
}

std::string ask_server(const config::Address& address, std::string_view question) {
  const Addresses target = resolve(address.host, address.port);
  if (!target) return "";
  const Socket socket(::socket(target->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval second{1, 0};
  setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  if (connect(socket.fd(), target->ai_addr, target->ai_addrlen) != 0) return "";
  if (!question.empty() && send(socket.fd(), question.data(), question.size(), MSG_NOSIGNAL) < 0) return "";
  std::array<char, 512> answer{};
  const ssize_t size = recv(socket.fd(), answer.data(), answer.size(), 0);
  return size <= 0 ? "" : std::string(answer.data(), static_cast<std::size_t>(size));
}

}  // namespace callboard::embedded
