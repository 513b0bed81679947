#include "worker/steps/http_request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/http/client/url.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::worker {
namespace {

using std::string_view_literals::operator""sv;

bool holds_secret(const StepCall& call, std::string_view pointer) {
  return std::ranges::any_of(call.secret_pointers, [&](const std::string& at) {
    return at == pointer || (at.starts_with(pointer) && at[pointer.size()] == '/');
  });
}

/// RFC 6901.
std::string pointer_part(std::string_view name) {
  std::string part = "/";
  for (const char c : name) {
    if (c == '~') {
      part += "~0";
    } else if (c == '/') {
      part += "~1";
    } else {
      part.push_back(c);
    }
  }
  return part;
}

void add_query(std::string& url, const Object& query) {
  const std::size_t fragment = url.find('#');
  if (fragment != std::string::npos) url.resize(fragment);
  char separator = url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : query) {
    if (value.is_null()) continue;
    url.push_back(std::exchange(separator, '&'));
    url += http::percent_encode(name) + "=" + http::percent_encode(text_of(value));
  }
}

bool has_header(const http::ClientRequest& request, std::string_view lower_case_name) {
  return std::ranges::any_of(request.headers, [&](const http::Header& header) {
    return http::lower_case(header.name) == lower_case_name;
  });
}

void add_body(http::ClientRequest& request, const StepCall& call) {
  if (const Value* json = find(&call.params, "json")) {
    request.body = write_json(*json);
    request.has_secret_body = holds_secret(call, "/json");
    if (!has_header(request, "content-type")) request.headers.push_back({"Content-Type", "application/json"});
  } else if (const Value* body = find(&call.params, "body"); body != nullptr && !body->is_null()) {
    request.body = text_of(*body);
    request.has_secret_body = holds_secret(call, "/body");
    if (!has_header(request, "content-type")) {
      request.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
    }
  }
}

}  // namespace

Result<http::ClientRequest> make_http_request(const StepCall& call) {
  http::ClientRequest request;
  request.url = find_text(&call.params, "url");
  if (request.url.empty()) return fail(ErrorCode::invalid, "`url` is missing");
  request.method = find_text(&call.params, "method", "GET");
  constexpr auto kMethods = std::to_array({"GET"sv, "HEAD"sv, "POST"sv, "PUT"sv, "PATCH"sv, "DELETE"sv});
  if (std::ranges::find(kMethods, request.method) == kMethods.end()) {
    return fail(ErrorCode::invalid, "`method` is one of GET, HEAD, POST, PUT, PATCH, DELETE");
  }
  if (const Value* query = find(&call.params, "query"); query != nullptr && query->is_object()) {
    add_query(request.url, query->get_object());
  }
  if (const Value* headers = find(&call.params, "headers"); headers != nullptr && headers->is_object()) {
    for (const auto& [name, value] : headers->get_object()) {
      const bool is_secret = holds_secret(call, "/headers" + pointer_part(name));
      request.headers.push_back({std::string(name), text_of(value), is_secret});
    }
  }
  add_body(request, call);
  if (request.method == "POST" && !has_header(request, "idempotency-key")) {
    request.headers.push_back({"Idempotency-Key", call.idempotency_key()});
  }
  if (!has_header(request, "user-agent")) request.headers.push_back({"User-Agent", "callboard"});
  if (!call.trace.empty() && !has_header(request, "traceparent"))
    request.headers.push_back({"traceparent", call.trace});
  request.timeout = call.timeout;
  request.on_bytes = call.show_life;
  return request;
}

}  // namespace callboard::worker
