#include "shared/workflow/problem.hpp"

#include <algorithm>
#include <tuple>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace callboard::workflow {

std::string to_string(const Problem& problem, std::string_view file_name) {
  std::string out(file_name);
  out += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column) + ": ";
  if (!problem.path.empty()) out += printable(problem.path) + ": ";
  return out + printable(problem.message);
}

std::string to_string(const std::vector<Problem>& problems, std::string_view file_name) {
  std::string out;
  for (const Problem& problem : problems) out += to_string(problem, file_name) + '\n';
  return out;
}

bool Problems::is_full() const { return list_.size() >= limits::kWorkflowErrors; }

void Problems::add(Position at, std::string path, std::string message) {
  add({at.line, at.column, std::move(path), std::move(message)});
}

void Problems::add(Problem problem) {
  if (std::ranges::find(list_, problem) != list_.end()) return;
  if (is_full())
    is_cut_ = true;
  else
    list_.push_back(std::move(problem));
}

void Problems::add(std::vector<Problem> problems) {
  for (Problem& problem : problems) add(std::move(problem));
}

std::vector<Problem> Problems::take() {
  std::ranges::sort(list_, {},
                    [](const Problem& p) { return std::tie(p.line, p.column, p.path, p.message); });
  if (is_cut_) {
    list_.push_back(
        {list_.back().line,
         list_.back().column,
         {},
         "more is wrong: only " + std::to_string(limits::kWorkflowErrors) + " problems are shown"});
  }
  return std::move(list_);
}

}  // namespace callboard::workflow
