#include "deploy/cli/api_client.hpp"

#include <curl/curl.h>

#include "shared/base/check.hpp"
#include "shared/base/limits.hpp"

namespace callboard::cli {
namespace {

constexpr long kConnectSeconds = 5;
constexpr long kRequestSeconds = 90;  // above the longest ?wait=
constexpr std::size_t kAnswerBytes = 64 * limits::kMiB;
constexpr std::size_t kLineBytes = limits::kEventBytes + limits::kMiB;

std::string explain(const std::string& url, CURLcode code) {
  return "can't reach the dispatcher at " + url + ": " + curl_easy_strerror(code) +
         " (`callboard up` starts one; CALLBOARD_URL or --url names another)";
}

std::unexpected<Error> too_large() {
  return fail(
      ErrorCode::too_large,
      "the dispatcher's answer is larger than the " + std::to_string(kAnswerBytes / limits::kMiB) +
          " MiB that this command takes: `callboard workflow history RUN` and `callboard workflow logs "
          "RUN` show a run in parts");
}

}  // namespace

struct ApiClient::Transfer {
  std::string body;
  EventStreamReader* stream = nullptr;  // takes the body of an answer 200
  bool is_too_large = false;
  CURL* curl = nullptr;
  curl_slist* headers = nullptr;

  ~Transfer() { curl_slist_free_all(headers); }

  void add_header(const std::string& name, const std::string& value) {
    headers = curl_slist_append(headers, (name + ": " + value).c_str());
  }

  static std::size_t receive(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::string_view piece(bytes, one * count);
    long status = 0;
    curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
    if (transfer.stream != nullptr && status == 200) {
      transfer.stream->feed(piece);
    } else {
      transfer.is_too_large = transfer.body.size() + piece.size() > kAnswerBytes;
      if (transfer.is_too_large) return 0;
      transfer.body += piece;
    }
    return piece.size();
  }
};

ApiClient::ApiClient(std::string base_url) : base_url_(std::move(base_url)), curl_(curl_easy_init()) {
  CALLBOARD_CHECK(curl_ != nullptr);
  while (base_url_.ends_with('/')) base_url_.pop_back();
}

ApiClient::~ApiClient() { curl_easy_cleanup(curl_); }

void ApiClient::prepare(const std::string& path, Transfer& transfer) {
  curl_easy_reset(curl_);
  transfer.curl = curl_;
  curl_easy_setopt(curl_, CURLOPT_URL, (base_url_ + path).c_str());
  curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl_, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Transfer::receive);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl_, CURLOPT_USERAGENT, "callboard");
}

Result<Answer> ApiClient::get(const std::string& path) {
  Transfer transfer;
  prepare(path, transfer);
  return perform(transfer);
}

Result<Answer> ApiClient::remove(const std::string& path) {
  Transfer transfer;
  prepare(path, transfer);
  curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, "DELETE");
  return perform(transfer);
}

Result<Answer> ApiClient::perform(Transfer& transfer) {
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT, kRequestSeconds);
  const CURLcode code = curl_easy_perform(curl_);
  if (transfer.is_too_large) return too_large();
  if (code != CURLE_OK) return fail(ErrorCode::unavailable, explain(base_url_, code));
  long status = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  return Answer{static_cast<int>(status), std::move(transfer.body)};
}

Result<Answer> ApiClient::post(const std::string& path, std::string_view body, const Headers& headers) {
  Transfer transfer;
  prepare(path, transfer);
  transfer.add_header("Content-Type", "application/json");
  transfer.add_header("Expect", "");
  for (const auto& [name, value] : headers) transfer.add_header(name, value);
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, transfer.headers);
  curl_easy_setopt(curl_, CURLOPT_POST, 1L);
  curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body.data());
  return perform(transfer);
}

Result<Answer> ApiClient::follow(const std::string& path, const std::string& last_event_id,
                                 const OnEvent& on_event, const std::function<bool()>& on_tick) {
  last_event_id_ = last_event_id;
  EventStreamReader reader([&](const std::string& id, const std::string& data) {
    if (!id.empty()) last_event_id_ = id;
    on_event(data);
  });
  Transfer transfer;
  prepare(path, transfer);
  transfer.stream = &reader;
  transfer.add_header("Accept", "text/event-stream");
  if (!last_event_id.empty()) transfer.add_header("Last-Event-ID", last_event_id);
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, transfer.headers);
  const std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi(curl_multi_init(), &curl_multi_cleanup);
  curl_multi_add_handle(multi.get(), curl_);
  int running = 1;
  bool wanted = true;
  while (running > 0 && wanted) {
    curl_multi_perform(multi.get(), &running);
    if (running > 0) curl_multi_poll(multi.get(), nullptr, 0, 100, nullptr);
    wanted = on_tick();
  }
  CURLcode code = CURLE_OK;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  long status = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(multi.get(), curl_);
  if (code != CURLE_OK) return fail(ErrorCode::unavailable, explain(base_url_, code));
  return Answer{static_cast<int>(status), std::move(transfer.body)};
}

void EventStreamReader::feed(std::string_view bytes) {
  rest_ += bytes;
  std::size_t begin = 0;
  for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    std::string_view line(rest_.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    take_line(line);
    begin = end + 1;
  }
  rest_.erase(0, begin);
  if (rest_.size() > kLineBytes) rest_.clear();
}

void EventStreamReader::take_line(std::string_view line) {
  if (line.empty()) {
    if (has_data_) on_event_(id_, data_);
    id_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") id_ = value;
  if (field != "data") return;
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace callboard::cli
