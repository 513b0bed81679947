#include "worker/providers/provider_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/check.hpp"

namespace callboard::worker {

const Provider* find_provider(std::string_view name) {
  static const std::array kProviders{
      Provider{"anthropic", &anthropic_protocol(), "", "ANTHROPIC_API_KEY", "https://api.anthropic.com"},
      Provider{"openai", &openai_protocol(), "", "OPENAI_API_KEY", "https://api.openai.com/v1"},
      Provider{"gemini", &openai_protocol(), "/v1beta/openai", "GOOGLE_API_KEY",
               "https://generativelanguage.googleapis.com"},
      Provider{"ollama", &openai_protocol(), "/v1", "", "http://127.0.0.1:11434"},
  };
  if (name == "claude") name = "anthropic";
  const auto found = std::ranges::find(kProviders, name, &Provider::name);
  return found == kProviders.end() ? nullptr : &*found;
}

void add_endpoint(Endpoints& endpoints, std::string_view name, std::string base_url, std::string key) {
  const Provider* provider = find_provider(name);
  CALLBOARD_CHECK(provider != nullptr);
  while (base_url.ends_with('/')) base_url.pop_back();
  const bool is_set_up =
      !key.empty() || provider->key_setting.empty() || base_url != provider->default_base_url;
  if (!is_set_up) return;
  endpoints.insert_or_assign(std::string(provider->name), Endpoint{std::move(base_url), std::move(key)});
}

}  // namespace callboard::worker
