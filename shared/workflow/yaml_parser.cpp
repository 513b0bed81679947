#include "shared/workflow/yaml_parser.hpp"

#include <algorithm>
#include <array>

#include "shared/base/text.hpp"

namespace callboard::workflow {
namespace {

using namespace std::string_view_literals;

Position position_of(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

/// What libyaml was at when a sign, which stands where it began, led it astray.
constexpr std::array kOfSigns = {"while scanning a tag"sv,    "while parsing a tag"sv,
                                 "while parsing a node"sv,    "while scanning an anchor"sv,
                                 "while scanning an alias"sv, "while scanning for the next token"sv};
constexpr std::array kOfQuotes = {"while scanning a quoted scalar"sv};
constexpr std::array kOfBrackets = {"while parsing a flow sequence"sv, "while parsing a flow mapping"sv,
                                    "while parsing a flow node"sv};

bool is_one_of(const char* text, std::span<const std::string_view> known) {
  return text != nullptr && std::ranges::count(known, std::string_view(text)) > 0;
}

std::size_t indentation(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

std::size_t byte_of_column(std::string_view line, int column) {
  std::size_t at = 0;
  while (at < line.size() && (is_continuation(line[at]) || --column > 0)) ++at;
  return at;
}

std::string never_closed(char sign) {
  const char other = sign == '[' ? ']' : sign == '{' ? '}' : sign;
  return std::string("not YAML: found ") + sign + " that is never closed, expected " +
         (other == sign ? "another " : "") + other;
}

constexpr std::string_view kColon = "mapping values are not allowed in this context";

/// A value without quotes that holds a colon, behind its own key.
std::string remedy_for_colon(std::string_view before, std::string_view after) {
  const std::size_t key_end = before.find(": ");
  if (key_end == std::string_view::npos) return {};
  const std::string_view value =
      before.substr(std::min(before.find_first_not_of(' ', key_end + 1), before.size()));
  if (value.empty() || value.front() == '"' || value.front() == '\'') return {};
  return std::string(": a value that ") + (after.size() > 1 ? "holds ': '" : "ends with ':'") +
         " stands in quotes, or on lines of its own behind |";
}

/// What follows right behind a quote that was meant to stand within the text.
std::string remedy_for_quote(std::string_view before) {
  if (before.ends_with('\''))
    return ": a ' within single quotes ends them: write '' for it, or put the value in double quotes";
  if (!before.ends_with('"')) return {};
  return std::string(": a \" within double quotes ends them: ") +
         (before.contains("${") ? "write the strings of an expression in single quotes"
                                : "write \\\" for it");
}

}  // namespace

Position YamlEvent::begin() const { return position_of(event_.start_mark); }
Position YamlEvent::end() const { return position_of(event_.end_mark); }

YamlParser::YamlParser(std::string_view bytes) : bytes_(bytes) {
  is_made_ = yaml_parser_initialize(&parser_) == 1;
  if (!is_made_) return;
  yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

YamlParser::~YamlParser() {
  if (is_made_) yaml_parser_delete(&parser_);
}

void YamlParser::explain(std::span<const Position> open, Problems& problems) const {
  if (!is_made_ || parser_.error == YAML_MEMORY_ERROR)
    return problems.add({}, {}, "there is not enough memory to read it");
  if (parser_.error == YAML_READER_ERROR) {
    return problems.add(position_of_byte(bytes_, parser_.problem_offset), {},
                        std::string("not YAML: ") + parser_.problem);
  }
  if (const auto tab = find_tab(position_of(parser_.problem_mark).line))
    return problems.add(*tab, {}, "found a tab in the indentation, expected spaces");
  const std::vector<Place> unclosed = find_unclosed(open);
  for (const Place& place : unclosed) problems.add(place.at, {}, never_closed(place.sign));
  if (unclosed.empty()) explain_syntax(open, problems);
}

void YamlParser::explain_syntax(std::span<const Position> open, Problems& problems) const {
  std::string message = "not YAML: ";
  if (parser_.context != nullptr) message += std::string(parser_.context) + ": ";
  message += parser_.problem != nullptr ? parser_.problem : "it can't be read";
  const Position at = position_of(parser_.problem_mark);
  if (is_one_of(parser_.context, kOfBrackets) && !open.empty() && open.back().line != at.line) {
    message +=
        std::string(" of the ") + character_at(open.back()) + " in line " + std::to_string(open.back().line);
  }
  const std::string for_sign = find_remedy();
  if (for_sign.empty()) return problems.add(at, {}, message + remedy_at(at));
  problems.add(position_of(parser_.context_mark), {}, message + for_sign);
}

/// What to write instead, where the text before and behind `at` shows what was meant.
std::string YamlParser::remedy_at(Position at) const {
  const std::string_view whole = line(at.line);
  const std::size_t offset = byte_of_column(whole, at.column);
  const std::string_view before = whole.substr(0, offset);
  const std::string_view after = whole.substr(offset);
  if (parser_.problem == nullptr) return {};
  if (parser_.problem == kColon) return remedy_for_colon(before, after);
  if (is_one_of(parser_.context, kOfBrackets) && before.ends_with('$') && after.starts_with('{'))
    return ": an expression within { } or [ ] stands in quotes: \"${ … }\"";
  const bool is_left_over = std::string_view(parser_.problem).starts_with("did not find expected");
  return is_left_over ? remedy_for_quote(before) : std::string();
}

/// Quotes and brackets that are open where the file ends, or where a block goes on that began before them.
std::vector<YamlParser::Place> YamlParser::find_unclosed(std::span<const Position> open) const {
  std::vector<Place> out;
  if (is_one_of(parser_.context, kOfQuotes) && is_at_end()) {
    const Position at = position_of(parser_.context_mark);
    return {{at, character_at(at)}};
  }
  if (!is_one_of(parser_.context, kOfBrackets)) return out;
  for (const Position at : open) {
    const char sign = character_at(at);
    if ((sign == '[' || sign == '{') && (is_at_end() || begins_anew(at))) out.push_back({at, sign});
  }
  return out;
}

bool YamlParser::is_at_end() const { return parser_.problem_mark.index >= count_characters(bytes_); }

/// Whether the line of the problem is one of a block, and no deeper than the one that stands open.
bool YamlParser::begins_anew(Position open) const {
  const Position at = position_of(parser_.problem_mark);
  const std::string_view found = line(at.line);
  const std::string_view text = found.substr(indentation(found));
  const bool is_of_block = text.starts_with("- ") || text.contains(": ") || text.ends_with(':');
  return at.line > open.line && is_of_block && indentation(found) <= indentation(line(open.line));
}

std::string YamlParser::find_remedy() const {
  return is_one_of(parser_.context, kOfSigns)
             ? remedy_for_sign(character_at(position_of(parser_.context_mark)))
             : std::string();
}

/// A tab before anything else on the line, or on the one before it.
std::optional<Position> YamlParser::find_tab(int number) const {
  for (const int wanted : {number, number - 1}) {
    const std::string_view text = line(wanted);
    const std::size_t first = indentation(text);
    if (first < text.size() && text[first] == '\t') return Position{wanted, static_cast<int>(first) + 1};
  }
  return std::nullopt;
}

/// Empty where there is none.
std::string_view YamlParser::line(int number) const {
  std::string_view rest = number < 1 ? std::string_view() : bytes_;
  for (int n = 1; n < number && !rest.empty(); ++n)
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  std::string_view out = rest.substr(0, rest.find('\n'));
  if (out.ends_with('\r')) out.remove_suffix(1);
  return out;
}

/// The first byte of a character of the file; 0 behind the end of its line.
char YamlParser::character_at(Position at) const {
  for (const char c : line(at.line)) {
    if (!is_continuation(c) && --at.column == 0) return c;
  }
  return '\0';
}

Position position_of_byte(std::string_view bytes, std::size_t offset) {
  Position at;
  for (const char c : bytes.substr(0, offset)) {
    if (c == '\n')
      at = {at.line + 1, 1};
    else if (!is_continuation(c))
      ++at.column;
  }
  return at;
}

std::string remedy_for_sign(char sign) {
  if (!"!&*@%`"sv.contains(sign)) return {};
  const std::string remedy = ": a value that begins with " + std::string(1, sign) + " stands in quotes";
  return sign == '!' ? remedy + ", or as \"${ !… }\" where it is an expression" : remedy;
}

}  // namespace callboard::workflow
