#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/expression/template.hpp"
#include "shared/run/graph.hpp"
#include "shared/workflow/path.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// The keys of a file's steps, in its order.
struct StepNames {
  /// What the steps of the file, or those of a group where it is used, call each other.
  struct Scope {
    std::string prefix;  // of the keys in the graph: `staging--`
    std::string given;   // the key of the step that begins the group
    std::vector<std::string> known;
    std::vector<std::string> inputs;  // that it declares
    std::unordered_map<std::string, run::StepIndex> index;

    /// The step of that key, else the only one whose key is the same without case.
    std::optional<run::StepIndex> find(const std::string& key) const;
  };

  std::vector<std::string> keys;
  std::size_t mains =
      0;  // the first so many are of `steps` or a group; behind them come those that end the run
  std::size_t numbered = 0;  // the first so many are of `steps` itself: steps[0] names them
  std::unordered_map<std::string, run::StepIndex> index;  // the first of each key of the graph
  std::vector<Scope> scopes;                              // as in ListedSteps
};

/// What may be read at some place of the file.
struct Scope {
  std::string place;  // for messages: "a label"
  bool event = true;
  bool inputs = true;
  bool run = true;
  bool vars = true;
  bool steps = true;
  bool secrets = false;
  bool status = false;                 // success() and the others
  bool item = false;                   // item and index
  bool own = false;                    // the step's own result
  run::StepIndex self = run::kNoStep;  // the step whose expression it is
  std::size_t names = 0;               // StepNames::scopes; of a group, `inputs` are what it is given
};

/// Reads the expressions of one file and says where in the file one is wrong. They come out as what they
/// mean: by the keys of the graph, as these are written there, those of a group for where it is used.
class ExpressionReader {
 public:
  ExpressionReader(std::string_view file, const StepNames& names, Problems& problems)
      : file_(file), names_(names), problems_(problems) {}

  /// A string with expressions in it. Nothing where it is wrong.
  std::optional<expression::Text> text(const Node& node, const Path& path, const Scope& scope,
                                       expression::Opening opening = expression::Opening::dollar_brace);
  /// A bare expression, one in `${ … }`, or a boolean.
  std::optional<expression::Expression> condition(const Node& node, const Path& path, const Scope& scope);
  /// `node` with the expressions in its strings; `script` is a shell's (executors/description.hpp). Nothing
  /// where one is wrong.
  std::optional<expression::Template> all(const Node& node, const Path& path, const Scope& scope,
                                          const Node* script = nullptr);

  /// A problem with what stands at byte `offset` of a text.
  void add(const Node& node, std::size_t offset, const Path& path, std::string message);

  /// The steps that were read since the last call, each once.
  std::vector<run::StepIndex> take_steps();

  /// Of the expressions since the last call that read all steps, or one that is computed: whether any can
  /// have run before them. They come out the same in every run else, and each is a problem.
  void settle_filters(bool any_before);

 private:
  /// Of a text that is one expression and nothing else.
  std::optional<expression::Expression> single(const Node& node, const Path& path, const Scope& scope);
  std::optional<expression::Text> read(const Node& node, const Path& path, const Scope& scope,
                                       expression::Opening opening);
  /// A string with expressions, as it was read.
  struct Found {
    const Node* node;
    expression::Opening opening;
    expression::Text text;
  };
  bool read_below(const Node& node, const Path& path, const Scope& scope, const Node* script,
                  std::vector<Found>& out);
  Result<expression::Template> meant_template(const Node& node, const Scope& scope,
                                              std::span<const Found> found) const;
  bool is_as_meant(const expression::Expression& expression, const Scope& scope) const;
  bool is_as_meant(const expression::Text& text, const Scope& scope) const;
  std::string in_graph(std::string_view expression, const Scope& scope) const;
  std::string in_graph(std::string_view text, const expression::Text& read, const Scope& scope) const;
  void check(const expression::Text& text, const Node& node, const Path& path, const Scope& scope,
             expression::Opening opening);
  void check(const expression::Expression& expression, const Node& node, std::size_t offset, const Path& path,
             const Scope& scope);
  void check_steps(const expression::Expression& expression, const Node& node, std::size_t offset,
                   const Path& path, const Scope& scope);
  bool may_name_members(const expression::Expression& expression, const Scope& scope) const;
  void check_members(const expression::Expression& expression, const Node& node, std::size_t offset,
                     const Path& path, const Scope& scope);
  void check_step(const expression::StepReference& reference, const Node& node, std::size_t at,
                  const Path& path, const Scope& scope);
  void check_number(std::size_t number, const Node& node, std::size_t at, const Path& path,
                    const Scope& scope);
  void check_script(const expression::Expression& expression, const Node& node, std::size_t offset,
                    const Path& path);
  std::string_view file_;
  const StepNames& names_;
  Problems& problems_;
  void read_all(const Node& node, std::size_t at, const Path& path, const Scope& scope);
  void note_read(run::StepIndex step);

  struct Filter {
    Position at;
    std::string path;
  };

  std::vector<run::StepIndex> steps_;
  std::vector<Filter> filters_;
};

}  // namespace callboard::workflow
