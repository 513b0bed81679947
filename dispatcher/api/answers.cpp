#include "dispatcher/api/answers.hpp"

#include <charconv>

#include "dispatcher/api/json_writer.hpp"
#include "shared/base/limits.hpp"

namespace callboard::dispatcher {
namespace {

using Refusal = std::unexpected<http::Response>;
constexpr std::size_t kIdempotencyKeyBytes = 200;

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid: return 400;
    case ErrorCode::not_found: return 404;
    case ErrorCode::conflict: return 409;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::timeout: return 503;
    case ErrorCode::too_large: return 503;
    case ErrorCode::forbidden: return 403;
    case ErrorCode::cancelled: return 503;
    case ErrorCode::internal: return 500;
  }
  return 500;
}

Refusal bad_request(std::string_view detail) { return Refusal(http::make_problem(400, detail)); }

}  // namespace

http::Response problem_of(const Error& error) {
  http::Response response = http::make_problem(status_of(error.code), error.message);
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response problem_of(const std::vector<workflow::Problem>& problems) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().name("type").text("about:blank").name("title").text(http::reason_of(422));
  json.name("status").number(422).name("detail").text(workflow::to_string(problems, "workflow"));
  json.name("errors").begin_array();
  for (const workflow::Problem& problem : problems) {
    json.begin_object().name("line").number(problem.line).name("column").number(problem.column);
    json.name("path").text(problem.path).name("message").text(problem.message).end_object();
  }
  json.end_array().end_object();
  return {.status = 422, .content_type = "application/problem+json", .body = std::move(body), .headers = {}};
}

http::Response problem_of(const Registry::Refusal& refusal) {
  return refusal.error ? problem_of(*refusal.error) : problem_of(refusal.problems);
}

http::Response not_found(std::string_view what, std::string_view name) {
  return http::make_problem(404, "there is no " + std::string(what) + " " + std::string(name));
}

Read<Micros> read_wait(const http::Request& request) {
  if (request.query.empty()) return Micros(0);
  const auto text = request.find_query("wait");
  if (!text) return Micros(0);
  const auto wait = parse_duration(*text);
  if (!wait || *wait > limits::kWaitMost) {
    return bad_request("wait must be a duration up to " + format_duration(limits::kWaitMost) +
                       ", such as 30s");
  }
  return *wait;
}

Read<int> read_limit(const http::Request& request) {
  const auto text = request.find_query("limit");
  if (!text) return limits::kPageDefault;
  int limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > limits::kPageMost) {
    return bad_request("limit must be a number from 1 to " + std::to_string(limits::kPageMost));
  }
  return limit;
}

Read<std::optional<Time>> read_time(const http::Request& request, std::string_view name) {
  const auto text = request.find_query(name);
  if (!text) return std::nullopt;
  const auto at = parse_time(*text);
  if (!at) return bad_request(std::string(name) + " must be a time such as 2026-01-31T12:00:00Z");
  return at;
}

Read<bool> read_flag(const http::Request& request, std::string_view name, bool fallback) {
  const auto text = request.find_query(name);
  if (!text) return fallback;
  if (*text != "true" && *text != "false") return bad_request(std::string(name) + " must be true or false");
  return *text == "true";
}

Read<std::size_t> read_offset(const http::Request& request) {
  const auto text = request.find_query("cursor");
  if (!text) return std::size_t{0};
  std::size_t offset = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), offset);
  if (error != std::errc() || end != text->data() + text->size()) {
    return std::unexpected(http::make_problem(400, "cursor is none that an earlier answer gave"));
  }
  return offset;
}

Read<RunId> read_run_id(std::string_view text) {
  const auto id = parse_id<RunId>(text);
  if (!id) return Refusal(not_found("run", text));
  return *id;
}

Read<std::string> read_idempotency_key(const http::Request& request, std::string_view of_body) {
  const std::string_view of_header = request.headers.get("Idempotency-Key");
  if (!of_header.empty() && !of_body.empty() && of_header != of_body) {
    return bad_request("the header Idempotency-Key and the body's idempotencyKey differ");
  }
  const std::string_view key = of_header.empty() ? of_body : of_header;
  if (key.size() > kIdempotencyKeyBytes) {
    return bad_request("an idempotency key has at most " + std::to_string(kIdempotencyKeyBytes) + " bytes");
  }
  return std::string(key);
}

std::string write_page(const std::vector<std::string>& items, const std::optional<std::string>& next) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().name("items").begin_array();
  for (const std::string& item : items) json.raw(item);
  json.end_array().name("next");
  if (next) {
    json.text(*next);
  } else {
    json.null();
  }
  json.end_object();
  return body;
}

}  // namespace callboard::dispatcher
