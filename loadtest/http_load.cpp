#include "loadtest/http_load.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

namespace callboard::loadtest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;
using boost::system::error_code;

constexpr std::chrono::seconds kSilence(60);

double seconds_between(SteadyClock::time_point from, SteadyClock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Where the body begins and ends in what was read so far, once the whole answer is there.
struct Frame {
  int status = 0;
  std::size_t body = 0;
  std::size_t end = 0;
};

std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto found = std::search(head.begin(), head.end(), kName.begin(), kName.end(), same);
  if (found == head.end()) return 0;
  const char* at = &*found + kName.size();
  while (*at == ' ') ++at;
  std::size_t length = 0;
  std::from_chars(at, head.data() + head.size(), length);
  return length;
}

std::optional<Frame> find_frame(std::string_view read) {
  const std::size_t head = read.find("\r\n\r\n");
  if (head == std::string_view::npos || head < 12) return std::nullopt;
  Frame frame;
  std::from_chars(read.data() + 9, read.data() + 12, frame.status);
  frame.body = head + 4;
  frame.end = frame.body + content_length(read.substr(0, frame.body));
  return frame.end <= read.size() ? std::optional(frame) : std::nullopt;
}

class Run;

class Connection {
 public:
  Connection(Run& run, asio::io_context& context) : run_(run), socket_(context) {}
  void begin();

 private:
  void send();
  void read();
  void answered(const Frame& frame);
  void broke(const std::string& what);

  Run& run_;
  tcp::socket socket_;
  std::size_t serial_ = 0;
  std::string request_;
  std::string read_;
  std::size_t filled_ = 0;
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
      connections_.push_back(std::make_unique<Connection>(*this, context_));
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
  if (!serial) {
    error_code ignored;
    socket_.close(ignored);
    return;
  }
  serial_ = *serial;
  retried_ = false;
  request_ = run_.load().make_request(serial_);
  send();
}

void Connection::send() {
  sent_ = SteadyClock::now();
  if (!socket_.is_open()) {
    error_code failed;
    socket_.connect({asio::ip::make_address(run_.load().target.host), run_.load().target.port}, failed);
    if (failed) return broke("can't connect: " + failed.message());
    socket_.set_option(tcp::no_delay(true), failed);
  }
  filled_ = 0;
  asio::async_write(socket_, asio::buffer(request_), [this](const error_code& failed, std::size_t) {
    if (failed) return broke("can't send: " + failed.message());
    read();
  });
}

void Connection::read() {
  if (read_.size() < filled_ + 16384) read_.resize(std::max<std::size_t>(32768, read_.size() * 2));
  socket_.async_read_some(asio::buffer(read_.data() + filled_, read_.size() - filled_),
                          [this](const error_code& failed, std::size_t size) {
                            if (failed) return broke("can't read: " + failed.message());
                            filled_ += size;
                            const auto frame = find_frame({read_.data(), filled_});
                            if (frame)
                              answered(*frame);
                            else
                              read();
                          });
}

void Connection::answered(const Frame& frame) {
  const std::string_view body(read_.data() + frame.body, frame.end - frame.body);
  if (run_.load().check(serial_, frame.status, body))
    run_.right(sent_);
  else
    run_.wrong("status " + std::to_string(frame.status) + ": " + std::string(body));
  begin();
}

void Connection::broke(const std::string& what) {
  error_code ignored;
  socket_.close(ignored);
  run_.wrong(what);
  if (std::exchange(retried_, true))
    begin();
  else
    send();
}

}  // namespace

Result<Target> parse_target(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme))
    return fail(ErrorCode::invalid, "expected an address like http://127.0.0.1:8080");
  url.remove_prefix(kScheme.size());
  url = url.substr(0, url.find('/'));
  const std::size_t colon = url.rfind(':');
  Target target;
  target.host = std::string(url.substr(0, colon));
  if (target.host == "localhost") target.host = "127.0.0.1";
  target.port = 80;
  if (colon != std::string_view::npos) {
    const auto port = url.substr(colon + 1);
    if (std::from_chars(port.data(), port.data() + port.size(), target.port).ec != std::errc()) {
      return fail(ErrorCode::invalid, "not a port: " + std::string(port));
    }
  }
  error_code failed;
  const auto address = asio::ip::make_address(target.host, failed);
  if (failed || !address.is_loopback()) {
    return fail(ErrorCode::forbidden,
                target.host + " is no loopback address: load goes to this machine only");
  }
  return target;
}

LoadResult drive(const Load& load) { return Run(load).go(); }

std::string format_request(const Target& target, std::string_view method, std::string_view path,
                           std::string_view headers, std::string_view body) {
  std::string out;
  out.reserve(256 + headers.size() + body.size());
  out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(target.host);
  out.append(":").append(std::to_string(target.port)).append("\r\n").append(headers);
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return out;
}

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
