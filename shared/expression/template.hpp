#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/expression/expression.hpp"

namespace callboard::expression {

/// A string whose value is known to the worker alone: `json` holds null at `pointer` (RFC 6901), and the
/// worker puts the parts together there. Kept apart from the text, so that no payload can ask for a secret by
/// spelling one.
struct SecretSlot {
  struct Part {
    std::string text;    // literal text, or
    std::string secret;  // a secret's name (then `text` is empty)
  };
  std::string pointer;
  std::vector<Part> parts;
};

struct Rendered {
  std::string json;  // compact
  std::vector<SecretSlot> secrets;
};

/// Which opening counts as an expression: `${ … }` and `${{ … }}`, or (in shell's `run`) `${{ … }}` alone.
enum class Opening : std::uint8_t { dollar_brace, double_brace };

/// A parsed string: text and expressions in turn. A string that is one expression keeps its type.
struct Text {
  struct Part {
    std::string text;
    std::optional<Expression> expression;  // absent: `text` counts
    std::size_t offset = 0;                // of the expression in the string, in bytes
  };
  std::vector<Part> parts;
  Reads reads;
  bool is_constant() const { return parts.empty() || (parts.size() == 1 && !parts[0].expression); }
  bool is_single() const { return parts.size() == 1 && parts[0].expression; }
};
/// `$${` is a literal `${`.
Result<Text> parse_text(std::string_view text, Opening opening);

/// What is wrong with one expression of a string.
struct TextFault {
  std::size_t offset = 0;  // of the byte that does not belong, in the string
  std::string message;
};
/// For messages about a string that parse_text refuses: its right expressions, and what is wrong with each of
/// the others, of at most one more than limits::kWorkflowErrors.
Text parse_right_parts(std::string_view text, Opening opening, std::vector<TextFault>& faults);

/// The value of its one expression, or text. `invalid` where a secret stands in it.
Result<Value> render_text(const Text& text, const Contexts& contexts);
/// A name that runs share (of a group, a throttle): at most `most` bytes, and empty for null. `invalid` where
/// it is longer, or a list or object, which all read the same as text.
Result<std::string> render_key(const Text& text, const Contexts& contexts, std::size_t most);

/// A JSON value with expressions in its strings: params, outputs, inputs. Immutable, cheap to copy,
/// thread-safe.
class Template {
 public:
  Template();  // {}

  bool is_constant() const { return made_->constant.has_value(); }
  /// The rendered form of a constant template, made once.
  const Rendered& constant() const { return *made_->constant; }
  const Reads& reads() const { return made_->reads; }
  /// The value as it was written: what a segment carries to a worker that renders it.
  const Value& source() const { return made_->source; }

 private:
  friend Result<Rendered> render(const Template& from, const Contexts& contexts);

  friend class TemplateBuilder;

  /// A string with expressions, and the JSON of the source before it.
  struct Hole;
  struct Made {
    Value source;
    Reads reads;
    std::optional<Rendered> constant;
    std::vector<Hole> holes;
    std::string after;  // JSON behind the last hole
  };
  explicit Template(std::shared_ptr<const Made> made) : made_(std::move(made)) {}

  std::shared_ptr<const Made> made_;  // shared by copies of a graph
};

/// Parses one string that holds `${`; `pointer` (RFC 6901) is its place in the value.
using ParseText = std::function<Result<Text>(std::string_view pointer, std::string_view text)>;

/// Every string that holds `${` is parsed by `parse`, in the order of the value. Keys of objects are taken as
/// they are. A failure names the pointer.
Result<Template> make_template(Value source, const ParseText& parse);
/// The same with parse_text; `opening` is asked with the pointer of each string, and without it all are
/// dollar_brace.
Result<Template> make_template(Value source,
                               const std::function<Opening(std::string_view pointer)>& opening = {});

/// Evaluates every expression. At most limits::kRenderedBytes. `${secrets.NAME}` becomes a slot, never a
/// value. What expressions come out as is never read for expressions again. A failure names its place first.
Result<Rendered> render(const Template& from, const Contexts& contexts);

/// Puts secrets in: `find_secret` gives a value or nothing (then `invalid`, naming the secret). For the
/// worker.
Result<Value> fill_secrets(const Rendered& rendered,
                           const std::function<const std::string*(std::string_view name)>& find_secret);

}  // namespace callboard::expression
