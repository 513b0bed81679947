#pragma once

#include <map>
#include <string>
#include <string_view>

#include "worker/providers/protocol.hpp"

namespace callboard::worker {

/// What is known of a provider before anybody has set it up.
struct Provider {
  std::string_view name;  // as workflow files say it
  const Protocol* protocol;
  std::string_view path;         // between the base URL and what the protocol adds
  std::string_view key_setting;  // which setting holds the key; empty: it wants none
  std::string_view default_base_url;
};

/// Null if there is none of that name; `claude` is `anthropic`.
const Provider* find_provider(std::string_view name);

/// The endpoints of this worker by the provider's name.
using Endpoints = std::map<std::string, Endpoint, std::less<>>;

/// Adds the endpoint of a provider that is set up: it has a key, wants none, or stands elsewhere than by
/// default.
void add_endpoint(Endpoints& endpoints, std::string_view name, std::string base_url, std::string key);

}  // namespace callboard::worker
