#include <algorithm>
#include <string>

#include "shared/http/server/request_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace callboard::http;
using Progress = RequestParser::Progress;

void describe(const Request& request, std::string& out) {
  out += request.method + ' ' + request.path + '?' + request.query + '\n';
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    out.append(request.headers.name(i)).append(": ").append(request.headers.value(i)) += '\n';
    CALLBOARD_CHECK(request.headers.find(request.headers.name(i)));
  }
  for (const std::string& name : request.query_names())
    out += name + '=' + request.find_query(name).value_or("-") + '\n';
  out += request.body + '\n';
}

/// The requests that a connection takes out of the bytes where they come in pieces of that size.
std::string read_in_pieces(std::string_view input, std::size_t piece) {
  RequestParser parser;
  std::string seen;
  std::size_t begin = 0, end = 0;
  bool wants_more = true;
  while (true) {
    if (wants_more || (begin == end && !parser.is_whole())) {
      if (end == input.size()) return seen;
      end = std::min(end + piece, input.size());
    }
    std::size_t consumed = 0;
    const Progress progress = parser.put(input.substr(begin, end - begin), consumed);
    CALLBOARD_CHECK(consumed <= end - begin);
    CALLBOARD_CHECK(progress != Progress::body || consumed > 0 ||
                    parser.is_whole());  // else it would never end
    begin += consumed;
    wants_more = progress == Progress::need_more;
    if (progress == Progress::failed) {
      CALLBOARD_CHECK(parser.failure() >= 400 && !parser.failure_detail().empty());
      return seen;
    }
    if (progress == Progress::done) describe(parser.take(), seen);
  }
}

}  // namespace

// Requests one behind another. How the network cuts the bytes changes nothing.
CALLBOARD_FUZZ_ONE(input) {
  const std::string whole = read_in_pieces(input, input.size() + 1);
  CALLBOARD_CHECK(read_in_pieces(input, 1) == whole);
  CALLBOARD_CHECK(read_in_pieces(input, 7) == whole);
}
