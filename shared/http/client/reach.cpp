#include "shared/http/client/reach.hpp"

#include <algorithm>
#include <utility>

#include "shared/http/client/url.hpp"

namespace callboard::http {
namespace {

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

Result<Reach> Reach::make(const std::vector<std::string>& allowed) {
  Reach reach;
  for (const std::string& entry : allowed) {
    if (const auto range = parse_range(entry)) {
      reach.ranges_.push_back(*range);
      continue;
    }
    std::string host = lower_case(entry);
    if (!is_host_name(host)) {
      return fail(ErrorCode::invalid,
                  "'" + entry + "' is neither a host nor an address nor a range such as 10.0.0.0/8");
    }
    reach.hosts_.push_back(std::move(host));
  }
  return reach;
}

bool Reach::allows(std::string_view host, const Address& address) const {
  if (is_public(address)) return true;
  if (std::ranges::find(hosts_, lower_case(host)) != hosts_.end()) return true;
  return std::ranges::any_of(ranges_, [&](const Range& range) { return range.contains(address); });
}

}  // namespace callboard::http
