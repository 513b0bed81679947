#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/ports.hpp"
#include "shared/http/client/reach.hpp"

namespace callboard::http {

struct Header {
  std::string name;
  std::string value;
  bool is_secret = false;  // never follows to another origin; Authorization and Cookie don't either
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::string body;
  bool has_secret_body = false;                     // the body never follows to another origin
  Micros timeout = std::chrono::seconds(30);        // of everything, redirects included
  std::size_t body_limit = limits::kHttpBodyBytes;  // of the answer, decompressed
  int redirects = limits::kHttpRedirects;           // followed; 0: a redirect is the answer
  /// The address was chosen by who set the worker up (a provider's base URL): private ones are not refused.
  bool is_trusted = false;
  std::function<void()> on_bytes = {};  // whenever some of an answer arrives, on the client's thread
};

struct ClientResponse {
  int status = 0;
  std::vector<Header> headers;  // of the last answer; names in lower case
  std::string body;
  std::string url;  // that answered

  std::string_view header(std::string_view lower_case_name) const;
};

/// HTTP/1.1 and 2 over libcurl, on a thread of its own that begins with the first request. Certificates are
/// checked. Failures: `invalid` (the request or a redirect is wrong), `forbidden` (a private address, checked
/// on what is really connected to at every redirect), `unavailable` (no answer), `timeout`, `too_large`,
/// `cancelled`.
class Client {
 public:
  using Id = std::uint64_t;
  using Done = std::move_only_function<void(Result<ClientResponse>)>;

  Client(Loop& loop, Reach reach);
  /// Drops what is under way; no callback comes any more.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// `done` is called once, on the loop, in a later turn.
  Id send(ClientRequest request, Done done);
  /// The connection is closed, then `done` gets `cancelled`. Harmless once done.
  void cancel(Id id);

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace callboard::http
