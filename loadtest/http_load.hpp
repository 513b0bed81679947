#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/http_connection.hpp"
#include "shared/base/error.hpp"
#include "shared/base/time.hpp"

namespace callboard::loadtest {

/// A closed loop of requests over keep-alive connections: each connection sends its next request when it
/// holds the answer to the last.
struct Load {
  Target target;
  std::size_t connections = 1;
  std::size_t requests = 0;  // 0: until the time is over
  Micros duration{0};        // no request begins after it
  /// The whole request for this serial number (from 0), head and body.
  std::function<std::string(std::size_t serial)> make_request;
  /// True if the answer is right. False counts as an error and is kept as `first_error`.
  std::function<bool(std::size_t serial, int status, std::string_view body)> check;
};

struct LoadResult {
  std::size_t done = 0;  // right answers
  std::size_t errors = 0;
  std::string first_error;
  double seconds = 0;              // from the first request to the last answer
  std::vector<double> latency_ms;  // of the right answers, sorted
};

/// Blocks until it is done. One thread. A connection that breaks counts as an error and is made anew, at most
/// once a request; after 60 s without any answer it gives up.
LoadResult drive(const Load& load);

/// One request with a JSON body, for setting up; `unavailable` if nobody answers.
struct Answer {
  int status = 0;
  std::string body;
};
Result<Answer> ask(const Target& target, std::string_view method, std::string_view path,
                   std::string_view body, std::string_view content_type = "application/json");

/// The value below which `share` of the sorted samples lie; 0 of none.
double percentile(const std::vector<double>& sorted, double share);

}  // namespace callboard::loadtest
