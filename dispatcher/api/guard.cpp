#include "dispatcher/api/guard.hpp"

#include <algorithm>
#include <array>

#include "dispatcher/api/approval_links.hpp"
#include "shared/http/server/loopback.hpp"

namespace callboard::dispatcher {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string_view authority_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::string_view rest = url.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

std::string_view media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return content_type;
}

bool is_form_type(std::string_view content_type) {
  return http::equal_ignoring_case(media_type(content_type), "application/x-www-form-urlencoded");
}

bool is_document_type(std::string_view content_type) {
  content_type = media_type(content_type);
  constexpr std::array<std::string_view, 6> kTypes{"application/json",   "application/yaml",
                                                   "application/x-yaml", "text/yaml",
                                                   "text/x-yaml",        "application/vnd.yaml"};
  return std::ranges::any_of(kTypes,
                             [&](auto type) { return http::equal_ignoring_case(type, content_type); });
}

}  // namespace

Guard::Guard(const std::string& public_url) : public_authority_(lower_case(authority_of(public_url))) {
  if (public_authority_.empty()) return;
  public_origin_ = lower_case(public_url.substr(0, public_url.find("://"))) + "://" + public_authority_;
}

bool Guard::is_own_host(std::string_view authority) const {
  return http::is_loopback_authority(authority) ||
         (!public_authority_.empty() && authority == public_authority_);
}

bool Guard::is_own_origin(std::string_view origin, std::string_view host) const {
  if (!public_origin_.empty() && origin == public_origin_) return true;
  // Another port of this machine is another site.
  return (origin.starts_with("http://") || origin.starts_with("https://")) && authority_of(origin) == host;
}

std::optional<http::Response> Guard::check(const http::Request& request) const {
  const std::string host = lower_case(request.headers.get("Host"));
  if (!is_own_host(host)) return http::make_problem(403, "this Host is not one of the dispatcher's");
  const auto origin = request.headers.find("Origin");
  if (origin && !is_own_origin(lower_case(*origin), host)) {
    return http::make_problem(403, "requests of other sites' pages are not accepted");
  }
  const std::string_view type = request.headers.get("Content-Type");
  if (request.method == "POST" && request.path.starts_with(kApprovalPages)) {
    if (is_form_type(type)) return std::nullopt;
    return http::make_problem(415, "the Content-Type must be application/x-www-form-urlencoded");
  }
  if (request.method == "POST" && !is_document_type(type)) {
    return http::make_problem(415, "the Content-Type must be application/json or application/yaml");
  }
  return std::nullopt;
}

}  // namespace callboard::dispatcher
