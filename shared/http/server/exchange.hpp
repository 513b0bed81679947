#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "shared/base/ports.hpp"
#include "shared/http/server/message.hpp"

namespace callboard::http {

/// The way back of one request. The server's connections are its adapter; tests have a small one of their
/// own.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual void answer(Response response) = 0;
  virtual void begin_stream(Response head) = 0;
  virtual bool write_stream(std::string_view bytes) = 0;
  virtual std::size_t unsent() const = 0;
  virtual void when_sent(Task sent) = 0;
  virtual void end_stream() = 0;
  virtual void on_gone(Task gone) = 0;
};

/// An answer that is written piece by piece, for server-sent events. Move-only; its end closes the answer.
class Stream {
 public:
  explicit Stream(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Stream(Stream&&) = default;
  Stream& operator=(Stream&& other) {
    end();
    exchange_ = std::move(other.exchange_);
    return *this;
  }
  ~Stream() { end(); }

  /// False: the client is gone, or was so slow that its bounded buffer is full and it was cut off. One piece
  /// alone may be larger than the buffer.
  bool write(std::string_view bytes) { return exchange_ && exchange_->write_stream(bytes); }
  /// Bytes that wait behind those being sent. Who has much to write lets some of it wait for `when_sent`.
  std::size_t unsent() const { return exchange_ ? exchange_->unsent() : 0; }
  /// Called once, in a later turn of the loop, when nothing waits. Not after end(), nor when the client goes
  /// away.
  void when_sent(Task sent) {
    if (exchange_) exchange_->when_sent(std::move(sent));
  }
  /// Called once, in a later turn of the loop, when the client goes away or the server stops. Not after
  /// end().
  void on_gone(Task gone) { exchange_->on_gone(std::move(gone)); }
  void end() {
    if (exchange_) std::exchange(exchange_, nullptr)->end_stream();
  }

 private:
  // Shared with the server: whichever of connection and request ends last.
  std::shared_ptr<Exchange> exchange_;
};

/// Answers one request, once, now or in any later turn of the loop. Move-only. One that is dropped answers
/// 500.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Responder(Responder&&) = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder() {
    if (exchange_) exchange_->answer(make_problem(500, "the request was dropped without an answer"));
  }

  void send(Response response) { std::exchange(exchange_, nullptr)->answer(std::move(response)); }
  /// Sends the head; the body follows through the stream.
  Stream stream(Response head) {
    exchange_->begin_stream(std::move(head));
    return Stream(std::exchange(exchange_, nullptr));
  }

 private:
  std::shared_ptr<Exchange> exchange_;  // as in Stream
};

}  // namespace callboard::http
