#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callboard::workflow {

/// A place in the file, from 1; columns count characters.
struct Position {
  int line = 1;
  int column = 1;

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// What is wrong at one place of a workflow file.
struct Problem {
  int line = 1;
  int column = 1;
  std::string path;     // of the field: steps[2].timeout; empty: the file
  std::string message;  // what was found and what was expected

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// file:line:column: field: message
std::string to_string(const Problem& problem, std::string_view file_name);
/// All of them, a line each.
std::string to_string(const std::vector<Problem>& problems, std::string_view file_name);

/// Collects the problems of one file, each once, at most limits::kWorkflowErrors.
class Problems {
 public:
  void add(Position at, std::string path, std::string message);
  void add(Problem problem);
  void add(std::vector<Problem> problems);
  bool empty() const { return list_.empty(); }
  bool is_full() const;
  /// In the order of the file.
  std::vector<Problem> take();

 private:
  std::vector<Problem> list_;
  bool is_cut_ = false;
};

}  // namespace callboard::workflow
