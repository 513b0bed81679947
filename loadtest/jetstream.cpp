#include "loadtest/jetstream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>

#include "loadtest/http_connection.hpp"
#include "shared/value/write.hpp"

namespace callboard::loadtest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::seconds kWait(10);

/// nats://user:password@host:port
struct Place {
  std::string user, password;
  Target target;
};

std::optional<Place> parse_place(std::string_view url) {
  constexpr std::string_view kScheme = "nats://";
  const std::size_t at = url.rfind('@');
  if (!url.starts_with(kScheme) || at == std::string_view::npos) return std::nullopt;
  const std::string_view who = url.substr(kScheme.size(), at - kScheme.size());
  const std::size_t colon = who.find(':');
  const auto target = parse_target("http://" + std::string(url.substr(at + 1)));
  if (colon == std::string_view::npos || !target) return std::nullopt;
  return Place{std::string(who.substr(0, colon)), std::string(who.substr(colon + 1)), *target};
}

/// Sends, and reads until the answer's end: one line of JSON behind the MSG line.
std::string send_and_read(tcp::iostream& stream, const std::string& sent) {
  stream << sent << std::flush;
  std::string line;
  while (std::getline(stream, line)) {
    if (line.starts_with("MSG ")) break;
    if (line.starts_with("-ERR")) return line;
  }
  std::getline(stream, line);
  return line;
}

}  // namespace

Result<void> ask_jetstream(const std::string& nats_url, std::string_view request) {
  const auto place = parse_place(nats_url);
  if (!place) return fail(ErrorCode::invalid, "expected nats://user:password@host:port, on loopback");
  tcp::iostream stream;
  stream.expires_after(kWait);
  stream.connect(tcp::endpoint(asio::ip::make_address(place->target.host), place->target.port));
  const std::string connect =
      write_json(Object{{"verbose", false}, {"user", place->user}, {"pass", place->password}});
  const std::string answer = send_and_read(stream, "CONNECT " + connect + "\r\nSUB answer 1\r\nPUB $JS.API." +
                                                       std::string(request) + " answer 0\r\n\r\n");
  if (answer.find("\"success\":true") != std::string::npos) return {};
  return fail(ErrorCode::internal, std::string(request) + " was answered: " + answer);
}

}  // namespace callboard::loadtest
