#include "dispatcher/api/no_workflow.hpp"

#include <string_view>
#include <vector>

#include "shared/workflow/shape.hpp"

namespace callboard::dispatcher {
namespace {

constexpr int kShownFiles = 5;

/// "; bad files, of which `callboard workflow list` tells more: a.yaml, b.yaml", or nothing.
std::string name_bad_files(const Context& context) {
  std::string out;
  if (context.folder == nullptr) return out;
  int shown = 0;
  for (const FolderWatch::BadFile& bad : context.folder->bad_files()) {
    if (!bad.workflow.empty()) continue;
    if (++shown > kShownFiles) return out + ", …";
    out += out.empty() ? "; bad files, of which `callboard workflow list` tells more: " : ", ";
    out += bad.file;
  }
  return out;
}

}  // namespace

http::Response no_workflow(const Context& context, const std::string& name) {
  std::vector<std::string_view> known;
  const auto current = context.registry.workflows().list();
  known.reserve(current.size());
  for (const CurrentWorkflowPtr& workflow : current) known.push_back(workflow->graph->slug);
  return http::make_problem(
      404, "there is no workflow " + name + workflow::suggestion(name, known) + name_bad_files(context));
}

}  // namespace callboard::dispatcher
