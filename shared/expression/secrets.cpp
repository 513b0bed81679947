#include <charconv>

#include "shared/expression/template.hpp"
#include "shared/value/read.hpp"

namespace callboard::expression {
namespace {

std::string unescaped(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '~' && i + 1 < name.size())
      out += name[++i] == '1' ? '/' : '~';
    else
      out += name[i];
  }
  return out;
}

Value* find_below(Value& from, std::string_view name) {
  if (from.is_object()) return from.get_object().if_contains(unescaped(name));
  if (!from.is_array()) return nullptr;
  std::size_t place = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), place);
  const bool is_place = problem == std::errc() && end == name.data() + name.size();
  return is_place && place < from.get_array().size() ? &from.get_array()[place] : nullptr;
}

/// RFC 6901; null where nothing stands.
Value* find_at_pointer(Value& from, std::string_view pointer) {
  Value* at = &from;
  while (!pointer.empty() && at != nullptr) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    at = find_below(*at, pointer.substr(0, end));
    pointer.remove_prefix(end);
  }
  return at;
}

}  // namespace

Result<Value> fill_secrets(const Rendered& rendered,
                           const std::function<const std::string*(std::string_view name)>& find_secret) {
  auto out = read_json(rendered.json);
  if (!out) return out;
  for (const SecretSlot& slot : rendered.secrets) {
    std::string text;
    for (const SecretSlot::Part& part : slot.parts) {
      const std::string* secret = part.secret.empty() ? &part.text : find_secret(part.secret);
      if (secret == nullptr) {
        return fail(
            ErrorCode::invalid,
            "secret " + part.secret + " is not set on this worker: expected CALLBOARD_SECRET_" + part.secret);
      }
      text += *secret;
    }
    Value* const at = find_at_pointer(*out, slot.pointer);
    if (at == nullptr) return fail(ErrorCode::invalid, "nothing stands at " + slot.pointer + " for a secret");
    *at = boost::json::string_view(text.data(), text.size());
  }
  return out;
}

}  // namespace callboard::expression
