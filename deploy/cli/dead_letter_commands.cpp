#include <CLI/CLI.hpp>

#include "deploy/cli/bulk.hpp"
#include "deploy/cli/commands.hpp"
#include "deploy/cli/run_view.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kMostLetters = 10'000;

/// What the commands of this file are given on the command line.
struct LetterWords {
  std::string id;
  BulkWish filter;
};

std::string letter_path(const std::string& id) { return "/api/dead-letters/" + percent_encoded(id); }

std::size_t count_of_list(const Value& letter, std::string_view name) {
  const Value* list = find(&letter, name);
  return list != nullptr && list->is_array() ? list->get_array().size() : 0;
}

std::string table_of_letters(const Value& letters) {
  std::vector<std::vector<std::string>> rows;
  for (const Value& letter : letters.get_array()) {
    rows.push_back({printable(find_text(&letter, "id")), printable(find_text(&letter, "workflow")),
                    printable(find_text(&letter, "state")), std::to_string(count_of_list(letter, "workers")),
                    printable(find_text(&letter, "at")), printable(find_text(&letter, "reason"))});
  }
  return rows.empty() ? std::string("no dead letters\n")
                      : format_table({"ID", "WORKFLOW", "STATE", "WORKERS", "AT", "REASON"}, rows);
}

Exit list_letters(const Commands& commands, const LetterWords& words) {
  std::string query = std::string("?state=") + (words.filter.all ? "all" : "open");
  const std::pair<const char*, const std::string*> members[] = {
      {"workflow", &words.filter.workflow}, {"since", &words.filter.since}, {"until", &words.filter.until}};
  for (const auto& [name, value] : members) {
    if (!value->empty()) query.append("&").append(name).append("=").append(percent_encoded(*value));
  }
  return commands.show_list("/api/dead-letters" + query, kMostLetters, table_of_letters);
}

std::string whole_letter(const Value& letter) {
  std::string out;
  for (const char* name : {"id", "runId", "workflow", "step", "state", "at", "reason", "replay", "detail"}) {
    const std::string text = printable(find_text(&letter, name));
    if (!text.empty()) out += std::string(name) + ": " + text + "\n";
  }
  out += "generation: " + std::to_string(find_int(&letter, "generation")) +
         "\nattempt: " + std::to_string(find_int(&letter, "attempt")) +
         "\nbegins after a redelivery: " + std::to_string(find_int(&letter, "begins")) +
         "\nworkers known to have begun it: " + std::to_string(count_of_list(letter, "workers")) + "\n\n";
  const Value* history = find(&letter, "history");
  if (history == nullptr || !history->is_array()) return out;
  for (const Value& event : history->get_array()) {
    for (const std::string& line : draw_event(event, false, false)) out += line + "\n";
  }
  return out;
}

Exit show_letter(const Commands& commands, const LetterWords& words) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->get(letter_path(words.id)), whole_letter);
}

Exit replay_letter(const Commands& commands, const LetterWords& words) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->post(letter_path(words.id) + "/replay", "{}"), [](const Value& answer) {
    const std::string letter = "dead letter " + printable(find_text(&answer, "id"));
    const bool is_told = !find_text(&answer, "replay").empty();
    return is_told ? letter + " is replayed: run " + printable(find_text(&answer, "runId")) + " goes on\n"
                   : letter + " was " + printable(find_text(&answer, "state")) + " already\n";
  });
}

Exit replay_letters(const Commands& commands, const LetterWords& words) {
  const BulkWish& filter = words.filter;
  const bool is_filter =
      filter.all || filter.dry_run || !(filter.workflow + filter.since + filter.until).empty();
  if (words.id.empty() != is_filter) {
    commands.terminal.error("callboard: expected one ID, or a filter (--workflow, --since, --until, --all)");
    return Exit::bad_usage;
  }
  if (!is_filter) return replay_letter(commands, words);
  const auto refused = run_bulk(commands, filter);
  return refused ? Exit::done : refused.error();
}

using LetterCommand = Exit (*)(const Commands&, const LetterWords&);
using LetterWordsPtr =
    std::shared_ptr<LetterWords>;  // shared with the parsers, which keep references to its members

CLI::App* add_letter_command(CLI::App& group, Commands& commands, const LetterWordsPtr& words,
                             const char* name, const char* help, LetterCommand command) {
  CLI::App* parser = group.add_subcommand(name, help);
  parser->callback([&commands, words, command] {
    commands.chosen = [&commands, words, command] { return command(commands, *words); };
  });
  return parser;
}

void add_letter_filter(CLI::App& parser, const LetterWordsPtr& words) {
  parser.add_option("--workflow", words->filter.workflow, "only of this workflow");
  parser.add_option("--since", words->filter.since, "only those given up on at or after this time");
  parser.add_option("--until", words->filter.until, "only those given up on before this time");
}

}  // namespace

void add_dead_letter_commands(CLI::App& app, Commands& commands) {
  CLI::App* group = app.add_subcommand("dead-letter", "Steps that were given up on");
  group->require_subcommand(1);
  const auto words = std::make_shared<LetterWords>();
  words->filter.action = "replay";
  CLI::App* listed =
      add_letter_command(*group, commands, words, "list",
                         "Attempts that were given up on, of the newest runs first", list_letters);
  add_letter_filter(*listed, words);
  listed->add_flag("--all", words->filter.all, "those too that somebody has seen to");
  add_letter_command(*group, commands, words, "show", "One, with the history of its step", show_letter)
      ->add_option("ID", words->id, "the dead letter's id")
      ->required();
  CLI::App* replayed = add_letter_command(
      *group, commands, words, "replay",
      "Have the step of one, or of all that a filter finds, executed again", replay_letters);
  replayed->add_option("ID", words->id, "the dead letter's id");
  add_letter_filter(*replayed, words);
  replayed->add_flag("--all", words->filter.all, "every one; needed where nothing else says which");
  replayed->add_flag("--dry-run", words->filter.dry_run, "only say what would be accepted and what refused");
}

}  // namespace callboard::cli
