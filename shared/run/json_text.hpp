#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/limits.hpp"

/// JSON as text: checked and cut into raw members without building values, so that a result passes through
/// the core as the bytes that its worker wrote.
namespace callboard::run {

/// True if `text` is one JSON value (RFC 8259), as strict as read_json: UTF-8, numbers that can be
/// represented, at most `depth` levels, nothing around it but spaces.
bool is_json(std::string_view text, std::size_t depth = limits::kJsonDepth + 4);

/// The members of an object (or the items of an array), in order. Only for text that is_json accepted; what
/// is no object (no array) has none. Borrows the text.
class RawMembers {
 public:
  explicit RawMembers(std::string_view object);
  /// False behind the last. `name` is as written: one with an escape in it is none of ours.
  bool next(std::string_view& name, std::string_view& raw);

 private:
  std::string_view rest_;
};

class RawItems {
 public:
  explicit RawItems(std::string_view array);
  bool next(std::string_view& raw);

 private:
  std::string_view rest_;
};

/// The text of a raw JSON string; nothing if `raw` is no string.
std::optional<std::string> text_of(std::string_view raw);
/// The number of a raw JSON number from 0 to 2^32 - 1; nothing on anything else.
std::optional<std::uint32_t> number_of(std::string_view raw);

}  // namespace callboard::run
