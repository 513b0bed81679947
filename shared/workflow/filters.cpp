#include "shared/workflow/filters.hpp"

#include <algorithm>
#include <cctype>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace callboard::workflow {
namespace {

using Objection = std::optional<std::string>;

constexpr std::size_t kShown = 5;  // entries of a list that a verdict names

template <typename List, typename Text>
std::string some_of(const List& list, std::string_view last, Text text) {
  std::string out;
  const std::size_t shown = std::min(list.size(), kShown);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == list.size() ? last : ", ";
    out += text(list[i]);
  }
  if (list.size() > shown) out += " and " + std::to_string(list.size() - shown) + " more";
  return out;
}

std::string written(const Globs& globs) {
  return some_of(globs.list, " or ", [](const Glob& glob) { return std::string_view(glob.source()); });
}

template <typename List>
std::string names(const List& list, std::string_view last) {
  return some_of(list, last, [](const auto& name) { return std::string_view(name); });
}

/// GitHub's logins and labels differ in more than case.
bool equal_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

template <typename Found>
bool holds_one_of(const std::vector<std::string>& wanted, const Found& found) {
  return std::ranges::any_of(wanted, [&](const std::string& one) {
    return std::ranges::any_of(found, [&](std::string_view other) { return equal_name(one, other); });
  });
}

Objection check_ref_name(std::string_view name, std::string_view filter, const Globs& wanted,
                         const Globs& ignored, const EventFacts& facts) {
  if (!wanted.empty() && !wanted.accepts(name))
    return std::string(filter) + ": " + written(wanted) + " was wanted, " + facts.ref_text();
  if (!ignored.empty() && ignored.accepts(name))
    return std::string(filter) + "Ignore: " + written(ignored) + " is ignored, " + facts.ref_text();
  return std::nullopt;
}

Objection check_ref(const Filters& filters, const EventFacts& facts) {
  const bool on_branches = !filters.branches.empty() || !filters.branches_ignore.empty();
  const bool on_tags = !filters.tags.empty() || !filters.tags_ignore.empty();
  if (!on_branches && !on_tags) return std::nullopt;
  if (facts.deletes_ref()) {
    return std::string(on_branches ? "branches" : "tags") + ": " + facts.ref_text() +
           ", which it deletes (the event delete tells of that)";
  }
  if (!facts.tag().empty() && on_tags)
    return check_ref_name(facts.tag(), "tags", filters.tags, filters.tags_ignore, facts);
  if (!facts.branch().empty() && on_branches)
    return check_ref_name(facts.branch(), "branches", filters.branches, filters.branches_ignore, facts);
  return std::string(on_branches ? "branches: a branch" : "tags: a tag") + " was wanted, " + facts.ref_text();
}

Objection check_paths(const Filters& filters, const EventFacts& facts) {
  // As in Actions, what is no push to a branch has no changed files to ask for.
  if ((filters.paths.empty() && filters.paths_ignore.empty()) || facts.branch().empty()) return std::nullopt;
  const auto& paths = facts.paths();
  if (!paths) return std::nullopt;
  const auto accepted = [](const Globs& globs) {
    return [&globs](std::string_view path) { return globs.accepts(path); };
  };
  const std::string changed =
      paths->empty() ? "the push changes no file" : "the push changes " + names(*paths, " and ");
  if (!filters.paths.empty() && std::ranges::none_of(*paths, accepted(filters.paths)))
    return "paths: " + written(filters.paths) + " was wanted, " + changed;
  if (!filters.paths_ignore.empty() && std::ranges::all_of(*paths, accepted(filters.paths_ignore)))
    return "pathsIgnore: " + written(filters.paths_ignore) + " is ignored, " + changed;
  return std::nullopt;
}

Objection check_labels(const Filters& filters, const EventFacts& facts) {
  if (filters.labels.empty() || holds_one_of(filters.labels, facts.labels())) return std::nullopt;
  return "labels: " + names(filters.labels, " or ") + " was wanted, found " +
         (facts.labels().empty() ? std::string("none") : names(facts.labels(), " and "));
}

Objection check_actors(const Filters& filters, const EventFacts& facts) {
  const std::string sender = facts.actors().empty() ? "the payload names no sender"
                                                    : "the sender is " + std::string(facts.actors()[0]);
  if (!filters.actors.empty() && !holds_one_of(filters.actors, facts.actors()))
    return "actors: " + names(filters.actors, " or ") + " was wanted, " + sender;
  if (holds_one_of(filters.actors_ignore, facts.actors())) return "actorsIgnore: " + sender;
  if (!filters.bots && facts.bot())
    return "bots: " + *facts.bot() + ", and the trigger does not say bots: true";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_objection(const Filters& filters, const EventFacts& facts) {
  Objection objection = check_ref(filters, facts);
  if (!objection) objection = check_labels(filters, facts);
  if (!objection) objection = check_actors(filters, facts);
  if (!objection && filters.forks == Forks::refuse && facts.is_from_fork())
    objection = "forks: it comes from a fork, and the trigger says forks: refuse";
  if (!objection) objection = check_paths(filters, facts);
  if (objection && objection->size() > limits::kVerdictBytes) {
    const std::string_view cut = std::string_view(*objection).substr(0, limits::kVerdictBytes);
    objection = std::string(cut.substr(0, utf8_prefix(cut))) + "…";
  }
  return objection;
}

}  // namespace callboard::workflow
