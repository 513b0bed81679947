#include "shared/http/client/url.hpp"

#include <curl/curl.h>

#include <memory>

namespace callboard::http {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Result<Url> parse(const std::string& text) {
  Url url(curl_url(), &curl_url_cleanup);
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
  if (code != CURLUE_OK)
    return fail(ErrorCode::invalid, "not a URL: " + std::string(curl_url_strerror(code)));
  return url;
}

std::string part_of(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

}  // namespace

Result<Origin> origin_of(const std::string& url) {
  const auto parsed = parse(url);
  if (!parsed) return std::unexpected(parsed.error());
  Origin origin{part_of(*parsed, CURLUPART_SCHEME), lower_case(part_of(*parsed, CURLUPART_HOST)),
                part_of(*parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (origin.scheme != "http" && origin.scheme != "https") {
    return fail(ErrorCode::invalid, "the scheme is '" + origin.scheme + "'; http and https are spoken");
  }
  return origin;
}

Result<std::string> resolve_url(const std::string& base, const std::string& reference) {
  const auto url = parse(base);
  if (!url) return std::unexpected(url.error());
  const CURLUcode code = curl_url_set(url->get(), CURLUPART_URL, reference.c_str(), CURLU_URLENCODE);
  if (code != CURLUE_OK)
    return fail(ErrorCode::invalid, "not a URL: " + std::string(curl_url_strerror(code)));
  curl_url_set(url->get(), CURLUPART_FRAGMENT, nullptr, 0);
  return part_of(*url, CURLUPART_URL);
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace callboard::http
