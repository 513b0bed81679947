#include "loadtest/http_load.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

namespace callboard::loadtest {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;
using boost::system::error_code;

constexpr std::chrono::seconds kSilence(60);

double seconds_between(SteadyClock::time_point from, SteadyClock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

class Run;

class Connection {
 public:
  Connection(Run& run, asio::io_context& context, const Target& target) : run_(run), link_(context, target) {}
  void begin();

 private:
  void send();
  void answered(const HttpAnswer& answer);
  void broke(const std::string& what);

  Run& run_;
  HttpConnection link_;
  std::size_t serial_ = 0;
  std::string request_;
  SteadyClock::time_point sent_;
  bool retried_ = false;
};

/// What the connections of one load share.
class Run {
 public:
  explicit Run(const Load& load) : load_(load), watch_(context_) {}

  LoadResult go() {
    begun_ = last_ = SteadyClock::now();
    for (std::size_t i = 0; i < load_.connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(*this, context_, load_.target));
      connections_.back()->begin();
    }
    watch();
    context_.run();
    result_.seconds = seconds_between(begun_, last_);
    std::ranges::sort(result_.latency_ms);
    return std::move(result_);
  }

  /// The next serial number, or nothing if this connection is done.
  std::optional<std::size_t> take() {
    const bool counted = load_.requests > 0;
    const bool over = counted ? next_ >= load_.requests : SteadyClock::now() - begun_ >= load_.duration;
    if (!over) return next_++;
    if (++finished_ == load_.connections) watch_.cancel();
    return std::nullopt;
  }
  void right(SteadyClock::time_point sent) {
    last_ = SteadyClock::now();
    ++result_.done;
    result_.latency_ms.push_back(seconds_between(sent, last_) * 1e3);
  }
  void wrong(const std::string& what) {
    last_ = SteadyClock::now();
    if (result_.errors++ == 0) result_.first_error = what.substr(0, 600);
  }
  const Load& load() const { return load_; }

 private:
  void watch() {
    watch_.expires_after(std::chrono::seconds(1));
    watch_.async_wait([this](const error_code& cancelled) {
      if (cancelled || finished_ == load_.connections) return;  // it may have run out just before
      if (SteadyClock::now() - last_ < kSilence) return watch();
      wrong("no answer for 60 s");
      context_.stop();
    });
  }

  const Load& load_;
  asio::io_context context_{1};
  asio::steady_timer watch_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t next_ = 0;
  std::size_t finished_ = 0;
  SteadyClock::time_point begun_, last_;
  LoadResult result_;
};

void Connection::begin() {
  const auto serial = run_.take();
  if (!serial) return link_.close();
  serial_ = *serial;
  retried_ = false;
  request_ = run_.load().make_request(serial_);
  send();
}

void Connection::send() {
  sent_ = SteadyClock::now();
  link_.ask(request_, [this](const Result<HttpAnswer>& answer) {
    if (answer) return answered(*answer);
    broke(answer.error().message);
  });
}

void Connection::answered(const HttpAnswer& answer) {
  if (run_.load().check(serial_, answer.status, answer.body))
    run_.right(sent_);
  else
    run_.wrong("status " + std::to_string(answer.status) + ": " + std::string(answer.body));
  begin();
}

void Connection::broke(const std::string& what) {
  run_.wrong(what);
  if (std::exchange(retried_, true))
    begin();
  else
    send();
}

}  // namespace

LoadResult drive(const Load& load) { return Run(load).go(); }

Result<Answer> ask(const Target& target, std::string_view method, std::string_view path,
                   std::string_view body, std::string_view content_type) {
  Answer answer;
  Load load;
  load.target = target;
  load.requests = 1;
  load.make_request = [&](std::size_t) {
    return format_request(target, method, path, "Content-Type: " + std::string(content_type) + "\r\n", body);
  };
  load.check = [&](std::size_t, int status, std::string_view text) {
    answer = {status, std::string(text)};
    return true;
  };
  const LoadResult result = drive(load);
  if (result.done == 0) return fail(ErrorCode::unavailable, result.first_error);
  return answer;
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

}  // namespace callboard::loadtest
