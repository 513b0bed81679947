#pragma once

#include <string>
#include <string_view>

#include "shared/base/time.hpp"

namespace callboard::test {

/// A blocking TCP client for tests that care about bytes: it sends what it is told, and reads answers as they
/// come.
class RawClient {
 public:
  /// To 127.0.0.1. Where nobody listens, it is a connection that has ended.
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False: the other side has closed.
  bool send(std::string_view bytes);
  void finish_sending();

  struct Answer {
    int status = 0;  // 0: the connection ended instead, or nothing came within a minute
    std::string head;
    std::string body;
    std::string header(std::string_view name) const;
  };
  Answer read_answer();
  /// Reads until `text` has come; what was read so far, `text` included. Empty: it never came.
  std::string read_until(std::string_view text);
  /// Reads until the other side closes; false if it does not within a minute.
  bool read_to_end();

 private:
  bool fill();

  int socket_ = -1;
  std::string buffer_;
};

/// One request on a connection of its own. `headers` are whole lines with CRLF; Content-Length is added.
RawClient::Answer ask(std::uint16_t port, std::string_view method, std::string_view target,
                      std::string_view headers = {}, std::string_view body = {});

}  // namespace callboard::test
