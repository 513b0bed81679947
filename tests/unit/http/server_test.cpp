#include "shared/http/server/server.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "shared/runtime/asio_loop.hpp"
#include "shared/runtime/system_clock.hpp"
#include "tests/support/raw_client.hpp"

namespace callboard::http {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::RawClient;

/// A server on a thread of its own. /echo answers with the body, /hold waits for release(), /events streams.
class HttpServer : public testing::Test {
 protected:
  void start(Server::Options options = {}) {
    if (!options.body_limit) options.body_limit = [](std::string_view) { return 1'000'000; };
    server_ = std::make_unique<Server>(
        loop_, clock_, std::move(options),
        [this](Request request, Responder responder) { serve(std::move(request), std::move(responder)); });
    const auto port = server_->listen("127.0.0.1", 0);
    ASSERT_TRUE(port.has_value());
    port_ = *port;
    thread_ = std::jthread([this] { loop_.run(); });
  }

  void TearDown() override {
    if (!server_) return;
    on_loop([this] {
      held_.clear();
      streams_.clear();
      server_.reset();
    });
    loop_.stop();
    thread_.join();
  }

  template <typename Work>
  void on_loop(Work work) {
    std::promise<void> done;
    loop_.post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  void serve(Request request, Responder responder) {
    if (request.path == "/hold") {
      held_.push_back(std::move(responder));
      held_count_.release();
    } else if (request.path == "/events") {
      streams_.push_back(
          responder.stream({.status = 200, .content_type = "text/event-stream", .body = {}, .headers = {}}));
      streams_.back().on_gone([this] { gone_.release(); });
      streams_.back().write("data: 1\n\n");
    } else if (request.path != "/drop") {
      responder.send(Response::text(200, request.method + " " + request.path + " " + request.body));
    }
  }

  runtime::AsioLoop loop_;
  runtime::SystemClock clock_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::vector<Responder> held_;
  std::vector<Stream> streams_;
  std::counting_semaphore<> held_count_{0};
  std::counting_semaphore<> gone_{0};
  std::jthread thread_;
};

TEST_F(HttpServer, AnswersManyRequestsOnOneConnection) {
  start();
  RawClient client(port_);
  for (int i = 0; i < 3; ++i) {
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(client.read_answer().body, "POST /echo hello");
  }
}

TEST_F(HttpServer, AnswersPipelinedRequestsInTheirOrder) {
  start();
  RawClient client(port_);
  client.send(
      "GET /hold HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nz");
  held_count_.acquire();
  on_loop([this] { std::move(held_.back()).send(Response::text(200, "held")); });
  EXPECT_EQ(client.read_answer().body, "held");
  EXPECT_EQ(client.read_answer().body, "GET /b ");
  EXPECT_EQ(client.read_answer().body, "POST /c z");
}

TEST_F(HttpServer, ReadsARequestThatComesByteByByte) {
  start();
  RawClient client(port_);
  for (const char c : std::string_view("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")) {
    client.send(std::string_view(&c, 1));
  }
  EXPECT_EQ(client.read_answer().body, "POST /echo abc");
}

TEST_F(HttpServer, ReadsChunkedBodies) {
  start();
  RawClient client(port_);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nA: b\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "POST /echo abcdefg");
  client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "GET /next ");
}

TEST_F(HttpServer, TellsAnExpectingClientToGoOn) {
  start();
  RawClient client(port_);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_EQ(client.read_answer().body, "POST /echo ok");
}

TEST_F(HttpServer, RefusesAnExpectingClientBeforeItSendsTheBody) {
  start();
  RawClient client(port_);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(HttpServer, RefusesABodyThatIsTooLargeAndTheSenderSeesWhy) {
  start();
  const auto announced = ask(port_, "POST", "/echo", {}, std::string(2'000'000, 'x'));
  EXPECT_EQ(announced.status, 413);
  EXPECT_EQ(announced.header("Content-Type"), "application/problem+json");

  RawClient chunked(port_);
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1e8480\r\n");
  chunked.send(std::string(2'000'000, 'x'));
  EXPECT_EQ(chunked.read_answer().status, 413);
}

TEST_F(HttpServer, TakesNoMoreBodiesThanItHasRoomFor) {
  Server::Options options;
  options.bodies_in_flight = 10;
  start(std::move(options));
  RawClient first(port_);
  first.send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n12345678");
  held_count_.acquire();
  const auto refused = ask(port_, "POST", "/echo", {}, "12345678");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "1");

  on_loop([this] { std::move(held_.back()).send(Response::text(200, "held")); });
  EXPECT_EQ(first.read_answer().status, 200);
  EXPECT_EQ(ask(port_, "POST", "/echo", {}, "12345678").status, 200);
}

TEST_F(HttpServer, TurnsAwayConnectionsBeyondItsLimit) {
  Server::Options options;
  options.connections = 1;
  start(std::move(options));
  RawClient first(port_);
  first.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(first.read_answer().status, 200);
  RawClient second(port_);
  EXPECT_EQ(second.read_answer().status, 503);
}

TEST_F(HttpServer, RefusesWhatIsNoHttp) {
  start();
  const std::vector<std::pair<std::string, int>> bad{
      {"hello\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nLong: " + std::string(20'000, 'y') + "\r\n\r\n", 431},
  };
  for (const auto& [bytes, status] : bad) {
    RawClient client(port_);
    client.send(bytes);
    EXPECT_EQ(client.read_answer().status, status) << bytes.substr(0, 80);
    client.finish_sending();
    EXPECT_TRUE(client.read_to_end());
  }
}

TEST_F(HttpServer, CutsOffSlowSenders) {
  Server::Options options;
  options.header_timeout = 20ms;
  options.body_timeout = 20ms;
  options.sweep = 10ms;
  start(std::move(options));
  RawClient slow_head(port_);
  slow_head.send("GET / HT");
  EXPECT_EQ(slow_head.read_answer().status, 408);
  RawClient slow_body(port_);
  slow_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(slow_body.read_answer().status, 408);
  EXPECT_TRUE(slow_body.read_to_end());
}

TEST_F(HttpServer, EndsIdleConnections) {
  Server::Options options;
  options.idle_timeout = 20ms;
  options.sweep = 10ms;
  start(std::move(options));
  RawClient client(port_);
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_TRUE(client.read_to_end());
}

TEST_F(HttpServer, AnswersADroppedRequest) {
  start();
  EXPECT_EQ(ask(port_, "GET", "/drop").status, 500);
}

TEST_F(HttpServer, SendsNoBodyToHead) {
  start();
  RawClient client(port_);
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n").substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_EQ(client.read_answer().body, "GET /b ");
}

TEST_F(HttpServer, ClosesBehindTheAnswerWhereTheClientWantsIt) {
  start();
  RawClient client(port_);
  client.send("GET /a HTTP/1.0\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(client.read_to_end());
}

TEST_F(HttpServer, WritesLargeAnswersWhole) {
  start();
  const std::string body(900'000, 'q');
  EXPECT_EQ(ask(port_, "POST", "/echo", {}, body).body, "POST /echo " + body);
}

TEST_F(HttpServer, StreamsPieceByPieceAndEnds) {
  start();
  RawClient client(port_);
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(client.read_until("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  on_loop([this] {
    EXPECT_TRUE(streams_[0].write("data: 2\n\n"));
    streams_[0].end();
  });
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "9\r\ndata: 2\n\n\r\n0\r\n\r\n");
  EXPECT_TRUE(client.read_to_end());
}

TEST_F(HttpServer, TellsAStreamThatItsClientIsGone) {
  start();
  {
    RawClient client(port_);
    client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_until("data: 1");
  }
  gone_.acquire();
  on_loop([this] { EXPECT_FALSE(streams_[0].write("data: 2\n\n")); });
}

TEST_F(HttpServer, CutsOffAStreamWhoseClientDoesNotRead) {
  Server::Options options;
  options.stream_buffer = 100'000;
  start(std::move(options));
  RawClient client(port_);
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_until("data: 1");
  bool alive = true;
  for (int i = 0; alive && i < 1'000; ++i) {
    on_loop([&] { alive = streams_[0].write(std::string(50'000, 'x')); });
  }
  EXPECT_FALSE(alive);
}

TEST_F(HttpServer, GivesAClientAllOfAStreamWhoseWriterWaitsForIt) {
  Server::Options options;
  options.stream_buffer = 100'000;
  start(std::move(options));
  RawClient client(port_);
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_until("data: 1");
  int left = 400;
  bool alive = true;
  std::function<void()> go_on = [&] {
    while (alive && left > 0) {
      if (streams_[0].unsent() > 0) return streams_[0].when_sent([&] { go_on(); });
      alive = streams_[0].write(--left == 0 ? "data: last" : std::string(150'000, 'x'));
    }
  };
  on_loop([&] { go_on(); });
  client.read_until("data: last");
  on_loop([&] { EXPECT_TRUE(alive); });
  EXPECT_EQ(left, 0);
}

TEST_F(HttpServer, FinishesRequestsWhenItStops) {
  start();
  RawClient idle(port_);
  idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(idle.read_answer().status, 200);
  RawClient busy(port_);
  busy.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  held_count_.acquire();

  std::promise<void> stopped;
  on_loop([&] { server_->stop([&] { stopped.set_value(); }); });
  EXPECT_TRUE(idle.read_to_end());
  on_loop([this] { std::move(held_.back()).send(Response::text(200, "held")); });
  const auto answer = busy.read_answer();
  EXPECT_EQ(answer.body, "held");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(stopped.get_future().wait_for(5s), std::future_status::ready);
}

TEST_F(HttpServer, CutsOffWhatDoesNotFinishInTimeWhenItStops) {
  Server::Options options;
  options.stop_grace = 20ms;
  options.sweep = 10ms;
  start(std::move(options));
  RawClient busy(port_);
  busy.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  held_count_.acquire();
  std::promise<void> stopped;
  on_loop([&] { server_->stop([&] { stopped.set_value(); }); });
  EXPECT_EQ(stopped.get_future().wait_for(5s), std::future_status::ready);
}

TEST_F(HttpServer, RefusesAnAddressThatIsNone) {
  start();
  EXPECT_EQ(server_->listen("example", 1).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace callboard::http
