// The one translation unit that knows Beast.
#include "shared/http/server/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "shared/base/limits.hpp"

namespace callboard::http {
namespace {

namespace beast = boost::beast;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kLastChunkBytes = 5;  // "0\r\n\r\n", and no chunked body ends with fewer

/// The virtual functions of Beast's parser, filling a Request.
class BeastParser final : public beast::http::basic_parser<true> {
 public:
  explicit BeastParser(Request& request) : request_(request) {
    header_limit(limits::kHeaderBytes);
    body_limit(boost::none);
    eager(false);
  }

  bool headers_done() const { return headers_done_; }
  int version() const { return version_; }

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       ErrorCode& error) override {
    error = {};
    version_ = version;
    request_.method.assign(method.data(), method.size());
    const std::string_view all(target.data(), target.size());
    const std::size_t mark = std::min(all.find('?'), all.size());
    request_.path.assign(all.substr(0, mark));
    request_.query.assign(all.substr(std::min(mark + 1, all.size())));
  }
  void on_response_impl(int, beast::string_view, int, ErrorCode& error) override { error = {}; }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     ErrorCode& error) override {
    error = {};
    // Trailers behind a chunked body come here too: they are not headers.
    if (!headers_done_) request_.headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(ErrorCode& error) override {
    error = {};
    headers_done_ = true;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode& error) override { error = {}; }
  std::size_t on_body_impl(beast::string_view bytes, ErrorCode& error) override {
    error = {};
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorCode& error) override { error = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, ErrorCode& error) override {
    error = {};
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(ErrorCode& error) override { error = {}; }

  Request& request_;
  bool headers_done_ = false;
  int version_ = 11;
};

}  // namespace

class RequestParser::Parser {
 public:
  Parser() { beast_.emplace(request_); }

  Progress put(std::string_view bytes, std::size_t& consumed);
  Progress check_headers();
  Progress fail(int status, std::string_view detail) {
    failure_ = status;
    detail_ = detail;
    return Progress::failed;
  }

  Request request_;
  std::optional<BeastParser> beast_;
  std::size_t header_bytes_ = 0;
  bool told_headers_ = false;
  int failure_ = 400;
  std::string_view detail_;
};

RequestParser::Progress RequestParser::Parser::put(std::string_view bytes, std::size_t& consumed) {
  // Beast (1.81) aborts where the last chunk is also the first and comes again before it is whole.
  const bool is_cut = bytes.size() < kLastChunkBytes && bytes.starts_with('0');
  if (told_headers_ && beast_->chunked() && is_cut) return Progress::need_more;
  ErrorCode error;
  consumed = beast_->put({bytes.data(), bytes.size()}, error);
  if (!told_headers_) header_bytes_ += consumed;
  if (error == beast::http::error::need_more) {
    if (header_bytes_ <= limits::kHeaderBytes) return Progress::need_more;
    return fail(431, "the request's headers are too large");
  }
  if (error == beast::http::error::header_limit) return fail(431, "the request's headers are too large");
  if (error == beast::http::error::bad_version)
    return fail(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  if (error) return fail(400, "this is not a well-formed HTTP request");
  if (beast_->headers_done() && !told_headers_) {
    told_headers_ = true;
    return check_headers();
  }
  return beast_->is_done() ? Progress::done : Progress::body;
}

RequestParser::Progress RequestParser::Parser::check_headers() {
  if (header_bytes_ > limits::kHeaderBytes) return fail(431, "the request's headers are too large");
  const std::size_t hosts = request_.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && beast_->version() >= 11))
    return fail(400, "a request names its Host exactly once");
  if (!beast_->chunked() && request_.headers.find("Transfer-Encoding")) {
    return fail(501, "no transfer coding but chunked is understood");
  }
  return Progress::headers;
}

RequestParser::RequestParser() : parser_(std::make_unique<Parser>()) {}
RequestParser::~RequestParser() = default;

RequestParser::Progress RequestParser::put(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  // A request without a body is whole with its headers: Beast wants no further call.
  if (parser_->told_headers_ && parser_->beast_->is_done()) return Progress::done;
  return parser_->put(bytes, consumed);
}

bool RequestParser::is_whole() const { return parser_->beast_->headers_done() && parser_->beast_->is_done(); }
const Request& RequestParser::request() const { return parser_->request_; }

std::optional<std::uint64_t> RequestParser::content_length() const {
  const auto length = parser_->beast_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool RequestParser::is_keep_alive() const { return parser_->beast_->keep_alive(); }
bool RequestParser::is_http_1_0() const { return parser_->beast_->version() < 11; }
bool RequestParser::expects_continue() const {
  return !is_http_1_0() && equal_ignoring_case(parser_->request_.headers.get("Expect"), "100-continue");
}

void RequestParser::reserve_body(std::size_t bytes) { parser_->request_.body.reserve(bytes + kBodyPadding); }
int RequestParser::failure() const { return parser_->failure_; }
std::string_view RequestParser::failure_detail() const { return parser_->detail_; }

Request RequestParser::take() {
  Request taken = std::move(parser_->request_);
  taken.body.reserve(taken.body.size() + kBodyPadding);
  parser_->request_ = Request();
  parser_->beast_.emplace(parser_->request_);
  parser_->header_bytes_ = 0;
  parser_->told_headers_ = false;
  return taken;
}

}  // namespace callboard::http
