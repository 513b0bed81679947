#include "shared/run/json_text.hpp"
#include "shared/run/keys.hpp"
#include "shared/run/payload.hpp"
#include "shared/value/read.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

void pass_over(callboard::run::JsonReader& reader) {
  std::string_view name;
  if (reader.open_object()) {
    while (reader.next_member(name)) pass_over(reader);
  } else if (reader.open_array()) {
    while (reader.next_item()) pass_over(reader);
  } else {
    reader.take_value();
  }
}

}  // namespace

// The bytes of the log: what decodes is encoded and decodes to the same bytes again. JSON as text is what the
// reader of values takes for JSON, however it is taken apart.
CALLBOARD_FUZZ_ONE(input) {
  using namespace callboard;
  using namespace callboard::run;
  const bool is_value = read_json(input).has_value();
  CALLBOARD_CHECK(!is_value || is_json(input));
  CALLBOARD_CHECK(is_value || !is_json(input, limits::kJsonDepth / 2));
  JsonReader reader(input);
  pass_over(reader);
  CALLBOARD_CHECK(reader.at_end() == is_json(input));
  for (const EventType type : {EventType::step_completed, EventType::step_failed, EventType::step_lost}) {
    const auto outcome = decode_outcome(type, input);
    if (!outcome) continue;
    const std::string bytes = encode_outcome(*outcome);
    const auto again = decode_outcome(type, bytes);
    CALLBOARD_CHECK(again && encode_outcome(*again) == bytes);
  }
  if (const auto begin = decode_begin(input)) CALLBOARD_CHECK(*decode_begin(encode_begin(*begin)) == *begin);
  if (const auto command = decode_command(input)) CALLBOARD_CHECK(decode_command(encode_command(*command)));
  if (const auto created = decode_created(input)) CALLBOARD_CHECK(decode_created(encode_created(*created)));
  static const Graph graph = [] {
    Graph out;
    out.steps.resize(2);
    out.steps[0].key = "a";
    out.steps[1].key = "b";
    link(out);
    return out;
  }();
  if (const auto list = decode_decisions(graph, input))
    CALLBOARD_CHECK(decode_decisions(graph, encode_decisions(graph, *list)));
  if (const auto key = parse_key(input); key && key->kind == KeyKind::result && !key->item) {
    CALLBOARD_CHECK(result_key(key->step, key->attempt, key->generation) == input);
  }
}
