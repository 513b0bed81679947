#include "shared/http/server/request_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace callboard::http {
namespace {

using Progress = RequestParser::Progress;

/// The body of a request whose bytes come in pieces of that size; how it went where it never gets whole.
std::string body_in_pieces(std::string_view bytes, std::size_t piece) {
  RequestParser parser;
  std::size_t begin = 0;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(end + piece, bytes.size());
    for (auto progress = Progress::headers;
         progress != Progress::need_more && (begin < end || parser.is_whole());) {
      std::size_t consumed = 0;
      progress = parser.put(bytes.substr(begin, end - begin), consumed);
      begin += consumed;
      if (progress == Progress::failed) return "failed";
      if (progress == Progress::done) return parser.take().body;
    }
  }
  return "unfinished";
}

constexpr std::string_view kChunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(RequestParser, TakesAChunkedBodyHoweverItIsCut) {
  const std::string request = std::string(kChunked) + "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t piece = 1; piece <= request.size(); ++piece)
    EXPECT_EQ(body_in_pieces(request, piece), "abcd") << piece;
}

TEST(RequestParser, TakesAnEmptyChunkedBodyHoweverItIsCut) {
  const std::string request = std::string(kChunked) + "0\r\n\r\n";
  for (std::size_t piece = 1; piece <= request.size(); ++piece)
    EXPECT_EQ(body_in_pieces(request, piece), "") << piece;
}

TEST(RequestParser, RefusesWhatIsNoChunk) {
  EXPECT_EQ(body_in_pieces(std::string(kChunked) + "xyz\r\n\r\n", 1), "failed");
}

}  // namespace
}  // namespace callboard::http
