#include <CLI/CLI.hpp>
#include <cstdlib>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/reasons.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kMostCheckpoints = 10'000;

/// What the commands of this file are given on the command line.
struct Words {
  std::string run;
  std::string checkpoint;
  std::string name;  // of a signal or a step
  std::string data;
  bool retry = false, fail = false;
  std::string by, comment;  // of an approval
  bool reject = false, link = false;
  bool save = false, full = false, drop = false;  // of stored folds
};

Exit ask(const Commands& commands, const std::string& run, const std::string& what, const std::string& body) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->post(run_path(run) + what, body), [&](const Value& value) {
    return "run " + printable(run) + " is " + printable(find_text(&value, "state")) + "\n";
  });
}

Exit resume(const Commands& commands, const Words& words) {
  const Value body =
      words.checkpoint.empty() ? Value(Object{}) : Value(Object{{"checkpointId", words.checkpoint}});
  return ask(commands, words.run, "/resume", write_json(body));
}

/// JSON as it is, anything else as a text.
std::string json_of(const std::string& data) {
  if (data.empty()) return "null";
  return read_json(data) ? data : write_json(Value(data));
}

Exit signal(const Commands& commands, const Words& words) {
  return ask(commands, words.run, "/signals/" + percent_encoded(words.name), json_of(words.data));
}

/// Under the name of who runs the command, unless another is given.
/// The page of a step (or, without one, of the run) that waits for approval.
std::string find_link(const Value& run, const std::string& step) {
  const Value* const reasons = find(&run, "waitingFor");
  if (reasons == nullptr || !reasons->is_array()) return {};
  for (const Value& reason : reasons->get_array()) {
    if (find_text(&reason, "step") == step && find(&reason, "approvalUrl") != nullptr)
      return std::string(find_text(&reason, "approvalUrl"));
  }
  return {};
}

/// Without a public address of the dispatcher's, as this command reaches it.
Exit show_link(const Commands& commands, const Words& words) {
  auto api = commands.connect();
  if (!api) return api.error();
  const auto answer = (*api)->get(run_path(words.run));
  std::string link;
  if (answer && answer->status == 200) {
    if (const auto run = read_json(answer->body)) link = find_link(*run, words.name);
  }
  if (link.empty()) {
    if (!answer || answer->status != 200)
      return commands.show_answer(answer, [](const Value&) { return std::string(); });
    commands.terminal.error(
        "callboard: " + (words.name.empty() ? "the run" : "step " + printable(words.name)) +
        " waits for no approval");
    return Exit::failed;
  }
  if (link.starts_with('/')) link = (*api)->base_url() + link;
  if (commands.json)
    commands.terminal.line(write_json(Object{{"url", link}}));
  else
    commands.terminal.line(printable(link));
  return Exit::done;
}

Exit approve(const Commands& commands, const Words& words) {
  if (words.link) return show_link(commands, words);
  const char* const user = std::getenv("USER");
  Object vote{{"approve", !words.reject}};
  if (!words.by.empty() || user != nullptr) vote["by"] = words.by.empty() ? user : words.by.c_str();
  if (!words.comment.empty()) vote["comment"] = words.comment;
  const std::string of_step = words.name.empty() ? "" : "/steps/" + percent_encoded(words.name);
  return ask(commands, words.run, of_step + "/approval", write_json(vote));
}

Exit answer(const Commands& commands, const Words& words) {
  const int given = (words.retry ? 1 : 0) + (words.fail ? 1 : 0) + (words.data.empty() ? 0 : 1);
  if (given != 1) {
    commands.terminal.error("callboard: expected one of --retry, --fail and --complete");
    return Exit::bad_usage;
  }
  std::string body = R"({"answer":"complete","result":)" + json_of(words.data) + "}";
  if (words.retry) body = R"({"answer":"retry"})";
  if (words.fail) body = R"({"answer":"fail"})";
  return ask(commands, words.run, "/steps/" + percent_encoded(words.name) + "/answer", body);
}

Exit store_fold(const Commands& commands, const Words& words) {
  auto api = commands.connect();
  if (!api) return api.error();
  const std::string body = words.full ? R"({"full":true})" : R"({"full":false})";
  return commands.show_answer((*api)->post(run_path(words.run) + "/checkpoints", body),
                              [](const Value& saved) {
                                const bool full = find_text(&saved, "stored") == "full";
                                return "the fold at " + printable(find_text(&saved, "id")) + " is stored, " +
                                       (full ? "in full\n" : "as what changed since the full one\n");
                              });
}

Exit drop_folds(const Commands& commands, const Words& words) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->remove(run_path(words.run) + "/checkpoints"), [](const Value& answer) {
    return "stored folds dropped: " + std::to_string(find_int(&answer, "dropped")) + "\n";
  });
}

Exit checkpoints(const Commands& commands, const Words& words) {
  if (words.drop) return drop_folds(commands, words);
  if (words.save) return store_fold(commands, words);
  return commands.show_list(run_path(words.run) + "/checkpoints", kMostCheckpoints, [](const Value& items) {
    std::vector<std::vector<std::string>> rows;
    for (const Value& item : items.get_array()) {
      rows.push_back({printable(find_text(&item, "id")), std::to_string(find_int(&item, "generation")),
                      std::to_string(find_int(&item, "level")), std::to_string(find_int(&item, "position")),
                      printable(find_text(&item, "at")), printable(find_text(&item, "stored"))});
    }
    return rows.empty()
               ? std::string("no level of the run has ended yet\n")
               : format_table({"CHECKPOINT", "GENERATION", "LEVEL", "POSITION", "AT", "STORED"}, rows);
  });
}

Exit why(const Commands& commands, const Words& words) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->get(run_path(words.run)), [](const Value& run) {
    std::string out;
    for (const std::string& line : explain_run(run)) out += line + "\n";
    return out;
  });
}

using Command = Exit (*)(const Commands&, const Words&);

CLI::App* add_command(CLI::App& workflow, Commands& commands, const std::shared_ptr<Words>& words,
                      const char* name, const char* help, Command command) {
  CLI::App* parser = workflow.add_subcommand(name, help);
  parser->add_option("RUN", words->run, "the run's id")->required();
  parser->callback([&commands, words, command] {
    commands.chosen = [&commands, words, command] { return command(commands, *words); };
  });
  return parser;
}

}  // namespace

void add_control_commands(CLI::App& workflow, Commands& commands) {
  auto words = std::make_shared<Words>();  // shared with the parser, which keeps references to its members
  add_command(workflow, commands, words, "why", "What a run waits for, in words", why);
  add_command(workflow, commands, words, "pause", "Let nothing new of a run begin",
              [](const Commands& all, const Words& given) { return ask(all, given.run, "/pause", "{}"); });
  add_command(workflow, commands, words, "resume",
              "Let a paused run go on, or let a run go back to a checkpoint", resume)
      ->add_option("--checkpoint", words->checkpoint, "go back to this point of the run (see `checkpoints`)");
  add_command(workflow, commands, words, "retry",
              "Run the steps of a failed or cancelled run that have not ended well",
              [](const Commands& all, const Words& given) { return ask(all, given.run, "/retry", "{}"); });
  CLI::App* points =
      add_command(workflow, commands, words, "checkpoints",
                  "The points that a run can go back to, and the folds stored at them", checkpoints);
  CLI::Option* save = points->add_flag("--save", words->save, "store the run's fold at the newest of them");
  points->add_flag("--full", words->full, "all of it, not only what changed since the full one")->needs(save);
  points->add_flag("--drop", words->drop, "throw the stored folds away: they are a cache")->excludes(save);
  CLI::App* send = add_command(workflow, commands, words, "signal", "Send a run a signal", signal);
  send->add_option("NAME", words->name, "the signal's name")->required();
  send->add_option("--data", words->data, "its data: JSON, or a text");
  CLI::App* vote = add_command(workflow, commands, words, "approve",
                               "Say yes, or no, to a step or a run that waits for approval", approve);
  vote->add_option("STEP", words->name,
                   "the step's key; without it the run is meant, one that comes from a fork");
  vote->add_flag("--link", words->link, "print the address of a page where whoever has it may answer");
  vote->add_flag("--reject", words->reject, "say no");
  vote->add_option("--as", words->by, "who says so; $USER if not given");
  vote->add_option("--comment", words->comment, "why");
  CLI::App* told =
      add_command(workflow, commands, words, "answer",
                  "Say what became of a step that must not run twice and lost its worker", answer);
  told->add_option("STEP", words->name, "the step's key")->required();
  told->add_flag("--retry", words->retry, "it did nothing: execute it again");
  told->add_flag("--fail", words->fail, "it has failed");
  told->add_option("--complete", words->data, "it has completed, with this result: JSON, or a text");
}

}  // namespace callboard::cli
