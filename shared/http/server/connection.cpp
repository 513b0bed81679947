#include "shared/http/server/connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <cstring>
#include <utility>

namespace callboard::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kInputBytes = limits::kHeaderBytes + 4 * limits::kKiB;
constexpr std::size_t kCopiedBody =
    16 * limits::kKiB;  // a body up to this goes out in one piece with the head

}  // namespace

std::uint64_t Shared::deadline(Micros timeout) const {
  return tick + 1 +
         static_cast<std::uint64_t>((timeout.count() + options.sweep.count() - 1) / options.sweep.count());
}

Connection::Connection(std::shared_ptr<Shared> shared, asio::ip::tcp::socket socket)
    : shared_(std::move(shared)), socket_(std::move(socket)), in_(kInputBytes) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto peer = socket_.remote_endpoint(ignored);
  if (!ignored) remote_ = peer.address().to_string();
}

Connection::~Connection() { shared_->counts.body_bytes -= claimed_; }

void Connection::set_phase(Phase phase, Micros timeout) {
  phase_ = phase;
  deadline_ = timeout.count() == 0 ? UINT64_MAX : shared_->deadline(timeout);
}

void Connection::start() {
  set_phase(Phase::idle, shared_->options.idle_timeout);
  read();
}

void Connection::turn_away() { refuse(make_problem(503, "too many connections are open")); }

void Connection::check_deadline() {
  if (shared_->tick < deadline_) return;
  if (phase_ != Phase::idle && phase_ != Phase::lingering) ++shared_->counts.timeouts;
  if (phase_ == Phase::head || phase_ == Phase::body) {
    refuse(make_problem(408, "the request did not arrive in time"));
  } else {
    close();
  }
}

void Connection::finish() {
  keep_alive_ = false;
  if (phase_ == Phase::idle || phase_ == Phase::streaming || phase_ == Phase::lingering) close();
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  deadline_ = UINT64_MAX;
  error_code ignored;
  socket_.close(ignored);
  const Task never_sent = std::exchange(sent_, nullptr);
  if (gone_) asio::post(socket_.get_executor(), std::exchange(gone_, nullptr));
  shared_->closed(*this);
}

// Reading

void Connection::read() {
  if (reading_ || phase_ == Phase::closed) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(in_.data() + end_, in_.size() - end_),
                          [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                            self->reading_ = false;
                            self->on_read(error, bytes);
                          });
}

void Connection::on_read(const error_code& error, std::size_t bytes) {
  if (phase_ == Phase::closed) return;
  if (error) return close();
  if (phase_ == Phase::lingering) {
    begin_ = end_ = 0;
    return read();
  }
  end_ += bytes;
  if (phase_ == Phase::streaming) {
    if (end_ < in_.size()) read();  // only to see the client go
    return;
  }
  parse();
}

void Connection::parse() {
  if (parsing_) return;
  parsing_ = true;
  bool more = true;
  while (more && phase_ <= Phase::body) {
    if (begin_ == end_ && !parser_.is_whole()) {
      begin_ = end_ = 0;
      read();
      break;
    }
    if (phase_ == Phase::idle) set_phase(Phase::head, shared_->options.header_timeout);
    std::size_t consumed = 0;
    const auto progress = parser_.put({in_.data() + begin_, end_ - begin_}, consumed);
    begin_ += consumed;
    more = step(progress);
  }
  parsing_ = false;
}

bool Connection::step(RequestParser::Progress progress) {
  switch (progress) {
    case RequestParser::Progress::need_more:
      std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
      end_ -= std::exchange(begin_, 0);
      if (end_ == in_.size()) {
        refuse(make_problem(400, "a line of the request is too long"));
      } else {
        read();
      }
      return false;
    case RequestParser::Progress::headers: return admit();
    case RequestParser::Progress::body: return grow(parser_.request().body.size());
    case RequestParser::Progress::done: dispatch(); return true;
    case RequestParser::Progress::failed:
      refuse(make_problem(parser_.failure(), parser_.failure_detail()));
      return false;
  }
  return false;
}

bool Connection::admit() {
  http_1_0_ = parser_.is_http_1_0();
  keep_alive_ = parser_.is_keep_alive() && !shared_->stopping;
  head_only_ = parser_.request().method == "HEAD";
  if (parser_.is_whole()) return true;
  const auto length = parser_.content_length();
  if (!grow(length ? static_cast<std::size_t>(std::min<std::uint64_t>(*length, SIZE_MAX)) : 0)) return false;
  if (length) parser_.reserve_body(static_cast<std::size_t>(*length));
  set_phase(Phase::body, shared_->options.body_timeout);
  if (parser_.expects_continue() && begin_ == end_) {
    // A few bytes into an empty socket buffer: they fit, or the client is gone.
    error_code ignored;
    socket_.write_some(asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25), ignored);
  }
  return true;
}

bool Connection::grow(std::size_t body_bytes) {
  if (body_bytes <= claimed_) return true;
  const std::size_t limit = shared_->options.body_limit(parser_.request().path);
  if (body_bytes > limit) {
    refuse(make_problem(413, "the body is larger than " + std::to_string(limit) + " bytes"));
    return false;
  }
  const std::size_t more = body_bytes - claimed_;
  if (shared_->counts.body_bytes + more > shared_->options.bodies_in_flight) {
    Response busy = make_problem(503, "too many bytes of requests are in flight");
    busy.headers.emplace_back("Retry-After", "1");
    refuse(std::move(busy));
    return false;
  }
  shared_->counts.body_bytes += more;
  claimed_ += more;
  return true;
}

void Connection::dispatch() {
  set_phase(Phase::handling, Micros(0));
  ++shared_->counts.requests;
  Request request = parser_.take();
  request.remote = remote_;
  shared_->handler(std::move(request), Responder(shared_from_this()));
}

void Connection::refuse(Response response) {
  if (phase_ == Phase::closed) return;
  keep_alive_ = false;
  input_left_ = true;
  phase_ = Phase::handling;
  answer(std::move(response));
}

// Writing

void Connection::answer(Response response) {
  if (phase_ != Phase::handling) return;
  prepare(response, false);
  ++shared_->counts.answers[static_cast<std::size_t>(response.status / 100) % 6];
  body_.clear();
  if (!head_only_) {
    if (response.body.size() <= kCopiedBody) {
      head_ += response.body;
    } else {
      body_ = std::move(response.body);
    }
  }
  set_phase(Phase::writing, shared_->options.write_timeout);
  write();
}

void Connection::prepare(const Response& response, bool stream) {
  if (shared_->stopping) keep_alive_ = false;
  // While it streams the connection is read to see the client go: what comes can't be told from a next
  // request.
  if (stream) keep_alive_ = false;
  written_ = 0;
  head_ = "HTTP/1.1 ";
  head_ += std::to_string(response.status);
  head_ += ' ';
  head_ += reason_of(response.status);
  head_ += "\r\nDate: ";
  head_ += shared_->date;
  if (!response.content_type.empty()) {
    head_ += "\r\nContent-Type: ";
    head_ += response.content_type;
  }
  for (const auto& [name, value] : response.headers) {
    head_ += "\r\n";
    head_ += name;
    head_ += ": ";
    head_ += value;
  }
  if (!stream && response.status != 204) {
    head_ += "\r\nContent-Length: ";
    head_ += std::to_string(response.body.size());
  } else if (stream && !http_1_0_) {
    head_ += "\r\nTransfer-Encoding: chunked";
  }
  if (!keep_alive_) head_ += "\r\nConnection: close";
  if (keep_alive_ && http_1_0_) head_ += "\r\nConnection: keep-alive";
  head_ += "\r\n\r\n";
}

void Connection::write() {
  const auto rest = [this] {
    const std::size_t of_head = std::min(written_, head_.size());
    return std::array{asio::const_buffer(asio::buffer(head_) + of_head),
                      asio::const_buffer(asio::buffer(body_) + (written_ - of_head))};
  };
  // Nearly every answer fits the socket's buffer: then there is no asynchronous operation at all.
  error_code error;
  written_ += socket_.write_some(rest(), error);
  if (!error && written_ == head_.size() + body_.size()) return answered();
  if (error && error != asio::error::would_block) return close();
  asio::async_write(socket_, rest(),
                    [self = shared_from_this()](const error_code& failed, std::size_t bytes) {
                      self->on_written(failed, bytes);
                    });
}

void Connection::on_written(const error_code& error, std::size_t) {
  if (phase_ == Phase::closed) return;
  if (error) return close();
  answered();
}

void Connection::answered() {
  shared_->counts.body_bytes -= std::exchange(claimed_, 0);
  body_ = std::string();
  if (!keep_alive_) return linger();
  head_only_ = false;
  set_phase(Phase::idle, shared_->options.idle_timeout);
  parse();
}

void Connection::linger() {
  if (!input_left_) return close();
  // Closing with unread input would reset the connection, and the client would never see the answer.
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  set_phase(Phase::lingering, shared_->options.linger);
  begin_ = end_ = 0;
  read();
}

// Streams

void Connection::begin_stream(Response head) {
  if (phase_ != Phase::handling) return;
  prepare(head, true);
  ++shared_->counts.answers[static_cast<std::size_t>(head.status / 100) % 6];
  shared_->counts.body_bytes -= std::exchange(claimed_, 0);
  body_.clear();
  stream_ended_ = false;
  set_phase(Phase::streaming, Micros(0));
  unsent_ = std::exchange(head_, std::string());
  flush_stream();
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < in_.size()) read();
}

bool Connection::write_stream(std::string_view bytes) {
  if (phase_ != Phase::streaming) return false;
  if (bytes.empty() || head_only_) return true;
  if (!unsent_.empty() && unsent_.size() + bytes.size() > shared_->options.stream_buffer) {
    close();
    return false;
  }
  if (http_1_0_) {
    unsent_ += bytes;
  } else {
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    unsent_ += size.data();
    unsent_ += bytes;
    unsent_ += "\r\n";
  }
  flush_stream();
  return true;
}

void Connection::when_sent(Task sent) {
  if (phase_ != Phase::streaming) return;
  sent_ = std::move(sent);
  flush_stream();
}

void Connection::end_stream() {
  gone_ = nullptr;
  sent_ = nullptr;
  if (phase_ != Phase::streaming || stream_ended_) return;
  stream_ended_ = true;
  if (!http_1_0_ && !head_only_) unsent_ += "0\r\n\r\n";
  flush_stream();
}

void Connection::on_gone(Task gone) {
  gone_ = std::move(gone);
  if (phase_ == Phase::closed) asio::post(socket_.get_executor(), std::exchange(gone_, nullptr));
}

void Connection::flush_stream() {
  if (stream_writing_) return;
  if (unsent_.empty()) {
    if (stream_ended_) return close();
    deadline_ = UINT64_MAX;
    if (sent_) asio::post(socket_.get_executor(), std::exchange(sent_, nullptr));
    return;
  }
  stream_writing_ = true;
  head_ = std::exchange(unsent_, std::string());
  deadline_ = shared_->deadline(shared_->options.write_timeout);
  asio::async_write(socket_, asio::buffer(head_),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      self->stream_writing_ = false;
                      if (self->phase_ == Phase::closed) return;
                      if (error) return self->close();
                      self->flush_stream();
                    });
}

}  // namespace callboard::http
