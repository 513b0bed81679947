#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace callboard::workflow {

/// Names a field: steps[3].timeout. Spelled out only where there is a problem with it. Borrows what it is
/// made of: a text, or the path above and a name.
class Path {
 public:
  Path(std::string_view whole) : name_(whole) {}
  Path(const std::string& whole) : name_(whole) {}
  Path(const char* whole) : name_(whole) {}

  Path under(std::string_view field) const& { return {*this, field, std::nullopt}; }
  Path under(std::size_t item) const& { return {*this, {}, item}; }
  Path under(std::string_view field) && = delete;
  Path under(std::size_t item) && = delete;

  operator std::string() const {
    std::string out;
    append_to(out);
    return out;
  }

 private:
  Path(const Path& above, std::string_view name, std::optional<std::size_t> item)
      : above_(&above), name_(name), item_(item) {}

  void append_to(std::string& out) const {
    if (above_ != nullptr) above_->append_to(out);
    if (item_) {
      out += '[' + std::to_string(*item_) + ']';
    } else {
      if (above_ != nullptr && !out.empty()) out += '.';
      out += name_;
    }
  }

  const Path* above_ = nullptr;
  std::string_view name_;
  std::optional<std::size_t> item_ = std::nullopt;  // of a list; its name is empty
};

}  // namespace callboard::workflow
