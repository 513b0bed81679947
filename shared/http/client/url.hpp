#pragma once

#include <string>
#include <string_view>

#include "shared/base/error.hpp"

namespace callboard::http {

/// Where a URL leads: requests to one origin may carry the same credentials.
struct Origin {
  std::string scheme;
  std::string host;  // lower case
  std::string port;  // the scheme's own where none is given

  friend bool operator==(const Origin&, const Origin&) = default;
};

/// `invalid` on what is no absolute http or https URL.
Result<Origin> origin_of(const std::string& url);
/// `reference` (absolute or relative) as seen from `base`; without a fragment.
Result<std::string> resolve_url(const std::string& base, const std::string& reference);
/// For use inside a query or a path.
std::string percent_encode(std::string_view text);
/// ASCII only.
std::string lower_case(std::string_view text);

}  // namespace callboard::http
