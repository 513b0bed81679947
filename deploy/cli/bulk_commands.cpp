#include <CLI/CLI.hpp>

#include "deploy/cli/arguments.hpp"
#include "deploy/cli/bulk.hpp"
#include "deploy/cli/commands.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

struct BulkSum {
  std::int64_t matched = 0, accepted = 0;
  Array refused;
};

Object filter_of(const BulkWish& wish) {
  Object filter;
  const std::pair<const char*, const std::string*> members[] = {
      {"workflow", &wish.workflow}, {"state", &wish.state}, {"since", &wish.since}, {"until", &wish.until}};
  for (const auto& [name, value] : members) {
    if (!value->empty()) filter[name] = *value;
  }
  if (!wish.labels.empty()) {
    Array labels;
    for (const std::string& label : wish.labels) labels.emplace_back(label);
    filter["label"] = std::move(labels);
  }
  return filter;
}

/// One page: the cursor of the next; empty behind the last.
std::expected<std::string, Exit> ask_page(const Commands& commands, ApiClient& api, const BulkWish& wish,
                                          const std::string& cursor, BulkSum& sum) {
  Object body{{"action", wish.action}, {"filter", filter_of(wish)}, {"dryRun", wish.dry_run}};
  if (!cursor.empty()) body["cursor"] = cursor;
  if (!wish.to.empty()) body["to"] = wish.to;
  for (const auto& member : wish.fork) body[member.key()] = member.value();
  const auto answer = api.post("/api/bulk", write_json(body));
  if (!answer) return std::unexpected(explain_error(commands.terminal, answer.error()));
  if (exit_of(answer->status) != Exit::done)
    return std::unexpected(explain_answer(commands.terminal, *answer));
  const auto page = read_json(answer->body);
  if (!page) return std::unexpected(explain_error(commands.terminal, page.error()));
  sum.matched += find_int(&*page, "matched");
  sum.accepted += find_int(&*page, "accepted");
  if (const Value* refused = find(&*page, "refused"); refused != nullptr && refused->is_array()) {
    for (const Value& each : refused->get_array()) {
      sum.refused.push_back(each);
      if (commands.json) continue;
      commands.terminal.line(printable(find_text(&each, "id")) + ": " +
                             printable(find_text(&each, "reason")));
    }
  }
  return std::string(find_text(&*page, "next"));
}

std::string words_of(const BulkWish& wish, const BulkSum& sum) {
  const std::string noun = wish.action == "replay" ? " dead letters, " : " runs, ";
  return wish.action + ": " + std::to_string(sum.matched) + noun + std::to_string(sum.accepted) +
         (wish.dry_run ? " would be accepted, " : " accepted, ") + std::to_string(sum.refused.size()) +
         " refused";
}

}  // namespace

std::expected<std::size_t, Exit> run_bulk(const Commands& commands, const BulkWish& wish) {
  if (filter_of(wish).empty() && !wish.all) {
    commands.terminal.error(std::string("callboard: say which (--workflow, ") +
                            (wish.action == "replay" ? "" : "--state, --label, ") +
                            "--since, --until), or --all");
    return std::unexpected(Exit::bad_usage);
  }
  auto api = commands.connect();
  if (!api) return std::unexpected(api.error());
  BulkSum sum;
  std::string cursor;
  do {
    auto next = ask_page(commands, **api, wish, cursor, sum);
    if (!next) return std::unexpected(next.error());
    cursor = std::move(*next);
    if (!commands.json && !cursor.empty()) commands.terminal.line(words_of(wish, sum) + ", more to come");
  } while (!cursor.empty());
  const std::size_t refused = sum.refused.size();
  if (commands.json) {
    commands.terminal.line(write_json(Object{{"action", wish.action},
                                             {"dryRun", wish.dry_run},
                                             {"matched", sum.matched},
                                             {"accepted", sum.accepted},
                                             {"refused", std::move(sum.refused)}}));
  } else {
    commands.terminal.line(words_of(wish, sum));
  }
  return refused;
}

void add_bulk_command(CLI::App& workflow, Commands& commands) {
  auto wish = std::make_shared<BulkWish>();  // shared with the parser, which keeps references to its members
  CLI::App* parser = workflow.add_subcommand("bulk", "Do the same with all runs that a filter finds");
  parser->add_option("ACTION", wish->action, "cancel, pause, resume, retry, fork or migrate")
      ->required()
      ->check(CLI::IsMember({"cancel", "pause", "resume", "retry", "fork", "migrate"}));
  parser->add_option("--workflow", wish->workflow, "only runs of this workflow");
  parser->add_option("--state", wish->state, "only runs in this state");
  parser->add_option("--label", wish->labels,
                     "only runs with this label (name:value, or name); may be repeated");
  parser->add_option("--since", wish->since, "only runs created at or after this time");
  parser->add_option("--until", wish->until, "only runs created before this time");
  parser->add_flag("--all", wish->all, "every run; needed where nothing else says which");
  parser->add_flag("--dry-run", wish->dry_run, "only say what would be accepted and what refused");
  auto to = std::make_shared<std::string>();  // as above
  parser->add_option("--to", *to, "of migrate: a workflow file, or the hash of a definition");
  auto fork = std::make_shared<ForkArguments>();  // as above
  add_fork_options(*parser, *fork);
  parser->callback([&commands, wish, to, fork] {
    commands.chosen = [&commands, wish, to, fork] {
      auto definition = read_definition(commands, *to);
      if (!definition) return definition.error();
      wish->to = std::move(*definition);
      auto wanted = read_fork(commands, *fork);
      if (!wanted) return wanted.error();
      wish->fork = std::move(*wanted);
      const auto refused = run_bulk(commands, *wish);
      return refused ? Exit::done : refused.error();
    };
  });
}

}  // namespace callboard::cli
