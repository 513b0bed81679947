#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/limits.hpp"

/// JSON as text: checked and cut into raw members without building values, so that a result passes through
/// the core as the bytes that its worker wrote.
namespace callboard::run {

/// Levels of a stored text: those of a value from outside, and what stands around it in an event or a stored
/// fold.
inline constexpr std::size_t kTextDepth = limits::kJsonDepth + 16;

/// Passes over a JSON text once and checks whatever it passes (RFC 8259), as strictly as read_json: UTF-8,
/// numbers that a double can hold, at most `depth` levels. From the first byte that is wrong on there is
/// nothing more in it, and at_end() says so. Borrows the text.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text, std::size_t depth = kTextDepth);

  /// False, and nothing taken, if no object (array) comes next.
  bool open_object() { return open('{'); }
  bool open_array() { return open('['); }
  /// The next member of the object that was opened last; its value is to be taken before the next one is
  /// asked for. False behind the last: the object is closed. `name` is as written: one with an escape in it
  /// is none of ours.
  bool next_member(std::string_view& name);
  bool next_item() { return next(']'); }
  /// The value that comes next, whatever it is, as it is written.
  std::string_view take_value();
  /// Everything that was opened is closed, nothing but spaces is left, and all of it was JSON.
  bool at_end();

 private:
  bool go_to(const char* at);
  bool open(char bracket);
  bool next(char close);

  const char* at_;
  const char* end_;
  std::size_t depth_;       // levels that may still be opened
  std::size_t levels_ = 0;  // that are open
  bool is_first_ = false;   // a container was opened, and nothing of it taken
  bool is_bad_ = false;
};

/// True if `text` is one JSON value and nothing else but spaces.
bool is_json(std::string_view text, std::size_t depth = kTextDepth);

/// The members of an object (or the items of an array), in order; what is no object (no array) has none.
/// Borrows the text.
class RawMembers {
 public:
  explicit RawMembers(std::string_view object, std::size_t depth = kTextDepth)
      : reader_(object, depth), is_open_(reader_.open_object()) {}
  bool next(std::string_view& name, std::string_view& raw);

 private:
  JsonReader reader_;
  bool is_open_;
};

class RawItems {
 public:
  explicit RawItems(std::string_view array) : reader_(array), is_open_(reader_.open_array()) {}
  bool next(std::string_view& raw);

 private:
  JsonReader reader_;
  bool is_open_;
};

/// The text of a raw JSON string; nothing if `raw` is no string.
std::optional<std::string> text_of(std::string_view raw);
/// The same without a copy where nothing in it is escaped; else it stands in `room`.
std::optional<std::string_view> text_of(std::string_view raw, std::string& room);
/// The number of a raw JSON number from 0 to 2^32 - 1; nothing on anything else.
std::optional<std::uint32_t> number_of(std::string_view raw);

}  // namespace callboard::run
