#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/expression/template.hpp"
#include "shared/run/graph.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// The keys of a file's steps, in its order.
struct StepNames {
  std::vector<std::string> keys;
  std::size_t mains = 0;  // the first so many are of `steps`; behind them come those that end the run
  std::unordered_map<std::string, run::StepIndex> index;  // the first of each key
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
  run::StepIndex self = run::kNoStep;  // the step whose expression it is
};

/// Reads the expressions of one file and says where in the file one is wrong.
class ExpressionReader {
 public:
  ExpressionReader(std::string_view file, const StepNames& names, Problems& problems)
      : file_(file), names_(names), problems_(problems) {}

  /// A string with expressions in it. Nothing where it is wrong.
  std::optional<expression::Text> text(const Node& node, const std::string& path, const Scope& scope,
                                       expression::Opening opening = expression::Opening::dollar_brace);
  /// A bare expression, one in `${ … }`, or a boolean.
  std::optional<expression::Expression> condition(const Node& node, const std::string& path,
                                                  const Scope& scope);
  /// `node` with the expressions in its strings; `script` is a shell's (executors/description.hpp). Nothing
  /// where one is wrong.
  std::optional<expression::Template> all(const Node& node, const std::string& path, const Scope& scope,
                                          const Node* script = nullptr);

  /// A problem with what stands at byte `offset` of a text.
  void add(const Node& node, std::size_t offset, const std::string& path, std::string message);

  /// The steps that were read since the last call, each once.
  std::vector<run::StepIndex> take_steps();

 private:
  void check(const expression::Expression& expression, const Node& node, std::size_t offset,
             const std::string& path, const Scope& scope);
  void check_steps(const expression::Expression& expression, const Node& node, std::size_t offset,
                   const std::string& path, const Scope& scope);
  void check_script(const expression::Expression& expression, const Node& node, std::size_t offset,
                    const std::string& path);
  std::optional<expression::Text> script(const Node& node, const std::string& path, const Scope& scope);

  std::string_view file_;
  const StepNames& names_;
  Problems& problems_;
  std::vector<run::StepIndex> steps_;
};

}  // namespace callboard::workflow
