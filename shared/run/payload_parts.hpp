#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/run/event.hpp"
#include "shared/run/json_text.hpp"

/// What the payloads of facts and of decisions have in common.
namespace callboard::run {

inline constexpr std::uint32_t kPayloadVersion = 1;

/// Reads a payload, and checks all of it, in one pass. What was read counts only if end() finds nothing
/// wrong.
class PayloadReader {
 public:
  PayloadReader(std::string_view data, std::string_view what);

  /// The next member but the version; its value is to be taken from json(). False behind the last, and where
  /// the payload can't be read any further.
  bool next(std::string_view& name);
  bool next(std::string_view& name, std::string_view& raw);
  JsonReader& json() { return json_; }
  /// `invalid`, naming what it is, unless the payload is JSON with a version that this program knows.
  Result<void> end();

 private:
  std::string_view what_;
  JsonReader json_;
  bool is_open_;
  std::optional<std::uint32_t> version_;
};

void append_error(std::string& out, const StepError& error);  // "error":{…}
std::optional<StepError> read_error(std::string_view raw);
void append_time(std::string& out, std::string_view name, Time at);  // ,"name":"…"
std::optional<Time> read_time(std::string_view raw);

/// ,"name":… unless the value is empty (0).
void append_member(std::string& out, std::string_view name, std::string_view text);
void append_member(std::string& out, std::string_view name, std::uint32_t number);
void append_member(std::string& out, std::string_view name, const std::vector<std::string>& texts);
/// The texts of a list; what is none in it is left out.
std::vector<std::string> read_texts(std::string_view raw);

/// decode_decisions of d/0, together with what its first decision, run.created, says.
Result<std::vector<Decision>> decode_first_row(const Graph& graph, std::string_view data, Created& created);

}  // namespace callboard::run
