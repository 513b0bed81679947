#pragma once

#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/base/time.hpp"

namespace callboard::dispatcher {

/// The JWT (RS256) by which a GitHub App shows who it is: made out a minute ago, against clocks that differ,
/// and good for nine. `private_key` is the App's PEM; `invalid` where it is no RSA key. Source: GitHub,
/// "Generating a JSON Web Token (JWT) for a GitHub App".
Result<std::string> make_app_token(std::string_view app_id, std::string_view private_key, Time now);

}  // namespace callboard::dispatcher
