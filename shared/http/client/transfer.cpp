#include "shared/http/client/transfer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "shared/http/client/redirect.hpp"
#include "shared/http/client/url.hpp"

namespace callboard::http {
namespace {

constexpr long kConnectTimeoutMs = 10'000;
constexpr std::size_t kAnswerHeaderBytes = 64 * limits::kKiB;

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() &&
         (text.back() == ' ' || text.back() == '\r' || text.back() == '\n' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

Transfer::Transfer(Client::Id id, ClientRequest request, Client::Done done, const Reach& reach)
    : id_(id),
      request_(std::move(request)),
      done_(std::move(done)),
      reach_(reach),
      easy_(curl_easy_init()),
      deadline_(std::chrono::steady_clock::now() + request_.timeout) {}

Transfer::~Transfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(header_lines_);
}

Result<void> Transfer::prepare() {
  const auto origin = origin_of(request_.url);
  if (!origin) return std::unexpected(origin.error());
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
  if (left.count() <= 0) return fail(ErrorCode::timeout, "no answer in time");
  curl_slist_free_all(std::exchange(header_lines_, nullptr));
  for (const Header& header : request_.headers) {
    if (header.name.empty() || has_line_break(header.name) || has_line_break(header.value)) {
      return fail(ErrorCode::invalid, "a header with a line break, or without a name");
    }
    const std::string line = header.value.empty() ? header.name + ";" : header.name + ": " + header.value;
    header_lines_ = curl_slist_append(header_lines_, line.c_str());
  }
  header_lines_ = curl_slist_append(header_lines_, "Expect:");
  host_ = origin->host;
  response_ = {};
  header_bytes_ = 0;

  curl_easy_reset(easy_);
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_lines_);
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  if (!request_.is_trusted) {
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");  // a proxy would hide which address is reached
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &on_socket);
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &on_connected);  // a kept connection opens no socket
    curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  }
  set_method();
  return {};
}

void Transfer::set_method() {
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool takes_body = request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH";
  if (takes_body || !request_.body.empty()) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }
  if (request_.method != "GET" || !request_.body.empty()) {
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

bool Transfer::may_connect(const Address& address) { return reach_.allows(host_, address); }

curl_socket_t Transfer::on_socket(void* data, curlsocktype, curl_sockaddr* address) {
  auto& self = *static_cast<Transfer*>(data);
  const auto target = address_of(&address->addr);
  if (!target || !self.may_connect(*target)) {
    self.refused_ = self.host_;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int Transfer::on_connected(void* data, char* remote, char*, int, int) {
  auto& self = *static_cast<Transfer*>(data);
  const auto target = parse_address(remote);
  if (target && self.may_connect(*target)) return CURL_PREREQFUNC_OK;
  self.refused_ = self.host_;
  return CURL_PREREQFUNC_ABORT;
}

void Transfer::hear() {
  if (request_.on_bytes) request_.on_bytes();
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* data) {
  auto& self = *static_cast<Transfer*>(data);
  self.hear();
  const std::size_t length = size * count;
  if (self.response_.body.size() + length > self.request_.body_limit) {
    self.is_too_large_ = true;
    return 0;
  }
  self.response_.body.append(bytes, length);
  return length;
}

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count, void* data) {
  auto& self = *static_cast<Transfer*>(data);
  self.hear();
  const std::string_view line(bytes, size * count);
  self.header_bytes_ += line.size();
  if (self.header_bytes_ > kAnswerHeaderBytes) {
    self.is_too_large_ = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // a later answer: 100, then 200
    self.response_.headers.clear();
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  self.response_.headers.push_back(
      {lower_case(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))), false});
  return line.size();
}

bool Transfer::finish(CURLcode code) {
  if (code != CURLE_OK) {
    result_ = std::unexpected(explain(code));
    return false;
  }
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  response_.url = request_.url;
  if (request_.redirects == 0 || !is_redirect(response_)) {
    result_ = std::move(response_);
    return false;
  }
  if (followed_++ == request_.redirects) {
    result_ = fail(ErrorCode::invalid, "more than " + std::to_string(request_.redirects) + " redirects");
    return false;
  }
  auto next = follow(std::move(request_), response_);
  if (!next) {
    result_ = std::unexpected(next.error());
    return false;
  }
  request_ = std::move(*next);
  return true;
}

Error Transfer::explain(CURLcode code) const {
  if (!refused_.empty()) {
    return {ErrorCode::forbidden,
            refused_ + " is a private address; CALLBOARD_HTTP_ALLOW lists those that may be reached"};
  }
  if (is_too_large_) {
    return {ErrorCode::too_large,
            "the answer is larger than " + std::to_string(request_.body_limit) + " bytes"};
  }
  const std::string what = host_ + ": " + curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return {ErrorCode::timeout, what};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return {ErrorCode::invalid, what};
    default: return {ErrorCode::unavailable, what};
  }
}

}  // namespace callboard::http
