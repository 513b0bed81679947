#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatcher/triggers/registry.hpp"
#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"
#include "shared/http/server/message.hpp"
#include "shared/workflow/problem.hpp"

namespace callboard::dispatcher {

/// The problem answer of an error: 400, 404, 409, 413, 503 …
http::Response problem_of(const Error& error);
/// 422 with a list `errors` of {line, column, path, message}.
http::Response problem_of(const std::vector<workflow::Problem>& problems);
http::Response problem_of(const Registry::Refusal& refusal);
http::Response not_found(std::string_view what, std::string_view name);

template <typename T>
using Read = std::expected<T, http::Response>;

/// ?wait=: at most limits::kWaitMost; zero where it is absent.
Read<Micros> read_wait(const http::Request& request);
/// ?limit=: 1 to limits::kPageMost, else limits::kPageDefault.
Read<int> read_limit(const http::Request& request);
/// A time of the query, RFC 3339.
Read<std::optional<Time>> read_time(const http::Request& request, std::string_view name);
/// true or false of the query.
Read<bool> read_flag(const http::Request& request, std::string_view name, bool fallback);
/// ?cursor= of a list that is read whole: how many items stand before the page.
Read<std::size_t> read_offset(const http::Request& request);
Read<RunId> read_run_id(std::string_view text);
/// The header Idempotency-Key and the body's member, which must agree; empty where neither is there.
Read<std::string> read_idempotency_key(const http::Request& request, std::string_view of_body);

/// {"items":[…],"next":cursor or null}
std::string write_page(const std::vector<std::string>& items, const std::optional<std::string>& next);

}  // namespace callboard::dispatcher
