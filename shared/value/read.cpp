#include "shared/value/read.hpp"

#include <simdjson.h>

#include <string>

#include "shared/value/json_fault.hpp"
#include "shared/value/large_numbers.hpp"

namespace callboard {
namespace {

namespace sj = simdjson;

bool convert(const sj::dom::element& from, Value& to, std::size_t depth);

bool convert_object(const sj::dom::object& from, Value& to, std::size_t depth) {
  Object& object = to.emplace_object();
  object.reserve(from.size());
  for (const auto& field : from) {
    Value& member = object[boost::json::string_view(field.key.data(), field.key.size())];
    if (!convert(field.value, member, depth - 1)) return false;
  }
  return true;
}

bool convert_array(const sj::dom::array& from, Value& to, std::size_t depth) {
  Array& array = to.emplace_array();
  array.reserve(from.size());
  for (const auto& item : from) {
    array.emplace_back(nullptr);
    if (!convert(item, array.back(), depth - 1)) return false;
  }
  return true;
}

bool convert(const sj::dom::element& from, Value& to, std::size_t depth) {
  switch (from.type()) {
    case sj::dom::element_type::OBJECT:
      return depth > 0 && convert_object(from.get_object().value_unsafe(), to, depth);
    case sj::dom::element_type::ARRAY:
      return depth > 0 && convert_array(from.get_array().value_unsafe(), to, depth);
    case sj::dom::element_type::STRING: {
      const std::string_view text = from.get_string().value_unsafe();
      to.emplace_string() = boost::json::string_view(text.data(), text.size());
      return true;
    }
    case sj::dom::element_type::INT64: to = from.get_int64().value_unsafe(); return true;
    case sj::dom::element_type::UINT64: to = from.get_uint64().value_unsafe(); return true;
    case sj::dom::element_type::DOUBLE: to = from.get_double().value_unsafe(); return true;
    case sj::dom::element_type::BOOL: to = from.get_bool().value_unsafe(); return true;
    case sj::dom::element_type::NULL_VALUE: to = nullptr; return true;
  }
  return true;
}

}  // namespace

Result<Value> read_json(std::string_view bytes, std::size_t depth) {
  // One parser a thread keeps its buffers; beyond a megabyte they are given back.
  thread_local sj::dom::parser parser;
  auto parsed = parser.parse(bytes.data(), bytes.size(), true);
  if (parsed.error() == sj::NUMBER_ERROR) {
    const auto spelled = spell_large_numbers(bytes);
    if (!spelled) return std::unexpected(spelled.error());
    parsed = parser.parse(*spelled);
  }
  if (parsed.error() == sj::DEPTH_ERROR) return fail(ErrorCode::too_large, "JSON nests too deep");
  if (parsed.error()) return std::unexpected(json_fault(bytes));
  Value out;
  const bool fits = convert(parsed.value_unsafe(), out, depth);
  if (parser.capacity() > limits::kMiB) parser = sj::dom::parser();
  if (!fits) return fail(ErrorCode::too_large, "JSON nests deeper than " + std::to_string(depth) + " levels");
  return out;
}

const Value* find(const Value* value, std::string_view name) {
  if (value == nullptr || !value->is_object()) return nullptr;
  return value->get_object().if_contains(boost::json::string_view(name.data(), name.size()));
}

std::string_view find_text(const Value* value, std::string_view name, std::string_view fallback) {
  const Value* member = find(value, name);
  if (member == nullptr || !member->is_string()) return fallback;
  return {member->get_string().data(), member->get_string().size()};
}

std::int64_t find_int(const Value* value, std::string_view name, std::int64_t fallback) {
  const Value* member = find(value, name);
  if (member == nullptr) return fallback;
  if (member->is_int64()) return member->get_int64();
  if (member->is_uint64() && member->get_uint64() <= INT64_MAX)
    return static_cast<std::int64_t>(member->get_uint64());
  return fallback;
}

}  // namespace callboard
