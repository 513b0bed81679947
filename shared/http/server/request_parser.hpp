#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "shared/http/server/message.hpp"

namespace callboard::http {

/// Reads one HTTP/1 request after another out of pieces of bytes (RFC 9112). Strict about what smuggling
/// rests on: one Host, one length, no other transfer coding than chunked.
class RequestParser {
 public:
  enum class Progress : std::uint8_t {
    need_more,  // everything given was looked at; give it again with more behind what was not consumed
    headers,    // the headers are there, the body is not; happens once a request
    body,       // a piece of the body was taken
    done,       // the request is whole
    failed,     // it is none; `failure()` is the answer, and the connection must end
  };

  RequestParser();
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// `consumed` bytes are done with.
  Progress put(std::string_view bytes, std::size_t& consumed);

  /// Nothing of this request is missing: the next put says done (or headers, then done).
  bool is_whole() const;
  const Request& request() const;
  /// From Progress::headers on.
  std::optional<std::uint64_t> content_length() const;
  bool is_keep_alive() const;
  bool expects_continue() const;
  bool is_http_1_0() const;
  /// Room for the body, once the caller has granted it.
  void reserve_body(std::size_t bytes);
  int failure() const;
  std::string_view failure_detail() const;

  /// Gives the request away and begins the next one.
  Request take();

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace callboard::http
