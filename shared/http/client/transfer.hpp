#pragma once

#include <curl/curl.h>

#include <chrono>
#include <string>

#include "shared/http/client/client.hpp"

namespace callboard::http {

/// One request on its way, redirects included. On the client's thread only.
class Transfer {
 public:
  Transfer(Client::Id id, ClientRequest request, Client::Done done, const Reach& reach);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Client::Id id() const { return id_; }
  CURL* handle() const { return easy_; }
  /// Sets the handle up for the request at hand.
  Result<void> prepare();
  /// The handle is done. True: a redirect is followed, prepare() and go on; false: result() is the answer.
  bool finish(CURLcode code);
  Result<ClientResponse> take_result() { return std::move(result_); }
  Client::Done take_done() { return std::move(done_); }

 private:
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_connected(void* self, char* remote, char* local, int remote_port, int local_port);

  void set_method();
  /// Some of the answer has arrived.
  void hear();
  bool may_connect(const Address& address);
  Error explain(CURLcode code) const;

  Client::Id id_;
  ClientRequest request_;
  Client::Done done_;
  const Reach& reach_;
  CURL* easy_;
  curl_slist* header_lines_ = nullptr;
  std::chrono::steady_clock::time_point deadline_;
  std::string host_;
  std::string refused_;  // the private address that was not connected to
  bool is_too_large_ = false;
  std::size_t header_bytes_ = 0;
  int followed_ = 0;
  ClientResponse response_;
  Result<ClientResponse> result_;
};

}  // namespace callboard::http
