#pragma once

#include <simdjson.h>

#include <concepts>
#include <limits>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/base/ids.hpp"

/// Reads messages of the bus without building a tree. Every function answers false on what it did not expect.
/// Raw JSON inside a message is copied as it stands, not checked again: it came out of our own encoder.
namespace callboard::topics {

using MessageValue = simdjson::ondemand::value;

inline bool read(MessageValue value, std::string& out) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  out.assign(text);
  return true;
}

inline bool read(MessageValue value, bool& out) { return value.get_bool().get(out) == simdjson::SUCCESS; }

template <std::integral Number>
  requires(!std::same_as<Number, bool>)
bool read(MessageValue value, Number& out) {
  std::int64_t number = 0;
  if (value.get_int64().get(number) != simdjson::SUCCESS || !std::in_range<Number>(number)) return false;
  out = static_cast<Number>(number);
  return true;
}

template <typename Tag>
bool read(MessageValue value, Id<Tag>& out) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  const auto id = parse_id<Id<Tag>>(text);
  if (id) out = *id;
  return id.has_value();
}

inline bool read(MessageValue value, Micros& out) {
  std::int64_t micros = 0;
  if (!read(value, micros)) return false;
  out = Micros(micros);
  return true;
}

inline bool read(MessageValue value, Time& out) {
  Micros since_epoch{};
  if (!read(value, since_epoch)) return false;
  out = Time(since_epoch);
  return true;
}

/// The bytes of any value; a null becomes the empty string.
bool read_raw(MessageValue value, std::string& out);

/// Calls `member(name, value)` for each member, until it answers false.
template <typename Member>
bool read_members(simdjson::ondemand::object object, Member&& member) {
  for (auto field : object) {
    std::string_view name;
    if (field.error() != simdjson::SUCCESS || field.unescaped_key().get(name) != simdjson::SUCCESS)
      return false;
    if (!member(name, field.value().value_unsafe())) return false;
  }
  return true;
}

template <typename Member>
bool read_object(MessageValue value, Member&& member) {
  simdjson::ondemand::object object;
  return value.get_object().get(object) == simdjson::SUCCESS &&
         read_members(object, std::forward<Member>(member));
}

template <typename Item>
bool read_array(MessageValue value, Item&& item) {
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return false;
  for (auto element : array) {
    MessageValue inner;
    if (element.get(inner) != simdjson::SUCCESS || !item(inner)) return false;
  }
  return true;
}

/// Nothing stands behind the object that was read.
inline bool is_at_end(simdjson::ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

/// Parses `bytes` for the length of one call of `read_document`.
class MessageReader {
 public:
  /// False if the bytes are no object, or `member` or the JSON itself says so.
  template <typename Member>
  bool read_document(std::string_view bytes, Member&& member) {
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (parser_.iterate(pad(bytes), bytes.size(), buffer_.capacity()).get(document) != simdjson::SUCCESS)
      return false;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    return read_members(object, std::forward<Member>(member)) && is_at_end(document);
  }

 private:
  /// simdjson reads beyond the end: the bytes are copied in front of enough room.
  const char* pad(std::string_view bytes);

  simdjson::ondemand::parser parser_;
  std::string buffer_;
};

/// One for each thread: it keeps its buffers.
MessageReader& thread_reader();

/// The shape of every message: an object whose version is not newer than `newest`.
template <typename Member>
bool read_message(std::string_view bytes, int newest, Member&& member) {
  int version = 0;
  const bool read_well = thread_reader().read_document(bytes, [&](std::string_view name, MessageValue value) {
    return name == "v" ? read(value, version) : member(name, value);
  });
  return read_well && version >= 1 && version <= newest;
}

}  // namespace callboard::topics
