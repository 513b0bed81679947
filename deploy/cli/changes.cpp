#include "deploy/cli/changes.hpp"

#include "deploy/cli/terminal.hpp"
#include "shared/base/text.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

using authoring::Change;

constexpr std::size_t kShownValue = 70;  // characters of a changed value

std::string shown_value(const std::optional<Value>& value) {
  if (!value) return "";
  const std::string text = printable(write_json(*value));
  return shown_width(text) <= kShownValue ? text : cut_to(text, kShownValue - 1) + "…";
}

}  // namespace

std::string draw_changes(const std::vector<Change>& changes, bool colour, const std::string& indent) {
  std::string out;
  for (const Change& change : changes) {
    const auto [mark, hue] = change.kind == Change::Kind::added     ? std::pair("+ ", Colour::green)
                             : change.kind == Change::Kind::removed ? std::pair("- ", Colour::red)
                                                                    : std::pair("~ ", Colour::yellow);
    out += indent + paint(mark + printable(change.path), hue, colour) + "  " + shown_value(change.before);
    if (change.kind == Change::Kind::changed) out += " → ";
    out += shown_value(change.after) + "\n";
    if (!change.meaning.empty()) out += indent + "    " + change.meaning + "\n";
  }
  return out;
}

}  // namespace callboard::cli
