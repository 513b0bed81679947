#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shared/http/server/exchange.hpp"
#include "shared/http/server/request_parser.hpp"
#include "shared/http/server/server.hpp"

namespace callboard::http {

class Connection;

/// What all connections of a server share.
struct Shared {
  Server::Options options;
  Server::Handler handler;
  Server::Counts counts;
  std::string date;        // the Date header, renewed by the sweep
  std::uint64_t tick = 0;  // sweeps so far: the clock of all time-outs
  bool stopping = false;
  std::function<void(Connection&)> closed;

  /// The first sweep that is certainly later than `timeout` from now.
  std::uint64_t deadline(Micros timeout) const;
};

/// One client: reads a request, hands it over, writes the answer, reads the next. On the loop.
class Connection final : public Exchange, public std::enable_shared_from_this<Connection> {
 public:
  // `shared` outlives the server while operations are in flight, hence the count.
  Connection(std::shared_ptr<Shared> shared, boost::asio::ip::tcp::socket socket);
  ~Connection() override;

  void start();
  /// Answers 503 and ends.
  void turn_away();
  /// A sweep: ends what took too long.
  void check_deadline();
  /// The server stops: ends now if no request is under way, else behind its answer.
  void finish();
  void close();

  void answer(Response response) override;
  void begin_stream(Response head) override;
  bool write_stream(std::string_view bytes) override;
  std::size_t unsent() const override { return unsent_.size(); }
  void when_sent(Task sent) override;
  void end_stream() override;
  void on_gone(Task gone) override;

 private:
  enum class Phase : std::uint8_t { idle, head, body, handling, writing, streaming, lingering, closed };

  void read();
  void on_read(const boost::system::error_code& error, std::size_t bytes);
  void parse();
  /// Looks at what the parser said; false: nothing more can be parsed now.
  bool step(RequestParser::Progress progress);
  bool admit();
  bool grow(std::size_t body_bytes);
  void dispatch();
  /// Answers for a request that is not read to its end; the connection ends behind the answer.
  void refuse(Response response);
  void prepare(const Response& response, bool stream);
  void write();
  void on_written(const boost::system::error_code& error, std::size_t bytes);
  void answered();
  void linger();
  void flush_stream();
  void set_phase(Phase phase, Micros timeout);

  std::shared_ptr<Shared> shared_;
  boost::asio::ip::tcp::socket socket_;
  std::string remote_;
  RequestParser parser_;
  std::vector<char> in_;
  std::size_t begin_ = 0, end_ = 0;  // what of `in_` is not parsed
  std::string head_, body_;          // the answer: head_ (a small body included) and body_
  std::size_t written_ = 0;
  std::string unsent_;       // of a stream, behind head_
  std::size_t claimed_ = 0;  // bytes of bodies in flight
  std::uint64_t deadline_ = UINT64_MAX;
  Task gone_;
  Task sent_;  // of a stream: to be called when nothing is unsent
  Phase phase_ = Phase::idle;
  bool reading_ = false;
  bool parsing_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;  // the method is HEAD
  bool http_1_0_ = false;
  bool input_left_ = false;  // the request was not read to its end
  bool stream_writing_ = false;
  bool stream_ended_ = false;
};

}  // namespace callboard::http
