#pragma once

#include <yaml.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/workflow/problem.hpp"

/// libyaml, and what its errors mean.
namespace callboard::workflow {

/// libyaml's event, freed with it.
class YamlEvent {
 public:
  YamlEvent() = default;
  ~YamlEvent() { yaml_event_delete(&event_); }
  YamlEvent(const YamlEvent&) = delete;
  YamlEvent& operator=(const YamlEvent&) = delete;

  yaml_event_t* get() { return &event_; }
  yaml_event_type_t type() const { return event_.type; }
  Position begin() const;
  Position end() const;
  const yaml_event_t& raw() const { return event_; }

 private:
  yaml_event_t event_{};
};

class YamlParser {
 public:
  /// Borrows the bytes, which are UTF-8.
  explicit YamlParser(std::string_view bytes);
  ~YamlParser();
  YamlParser(const YamlParser&) = delete;
  YamlParser& operator=(const YamlParser&) = delete;

  /// False where it can't go on.
  bool next(YamlEvent& event) { return is_made_ && yaml_parser_parse(&parser_, event.get()) == 1; }

  /// Why it can't go on. `open`: where the lists and maps begin that have no end yet.
  void explain(std::span<const Position> open, Problems& problems) const;

 private:
  struct Place {
    Position at;
    char sign = '\0';
  };

  void explain_syntax(std::span<const Position> open, Problems& problems) const;
  std::vector<Place> find_unclosed(std::span<const Position> open) const;
  bool is_at_end() const;
  bool begins_anew(Position open) const;
  std::string find_remedy() const;
  std::string remedy_at(Position at) const;
  std::optional<Position> find_tab(int line) const;
  std::string_view line(int number) const;
  char character_at(Position at) const;

  std::string_view bytes_;
  yaml_parser_t parser_{};
  bool is_made_ = false;
};

/// Where byte `offset` of a file stands.
Position position_of_byte(std::string_view bytes, std::size_t offset);

/// What is written where text begins with a sign that YAML keeps for something else; empty for other
/// characters.
std::string remedy_for_sign(char sign);

}  // namespace callboard::workflow
