#include <CLI/CLI.hpp>

#include "deploy/cli/commands.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

struct Difference {
  std::string what;  // "run", "step build"
  std::string member;
  std::string before, after;
};

std::string shown(const Value* value) {
  if (value == nullptr || value->is_null()) return "nothing";
  return printable(value->is_string() ? std::string_view(value->get_string()) : write_json(*value));
}

void compare(const std::string& what, const Value& before, const Value& after,
             std::initializer_list<std::string_view> members, std::vector<Difference>& out) {
  for (const std::string_view member : members) {
    const std::string one = shown(find(&before, member));
    const std::string other = shown(find(&after, member));
    if (one != other) out.push_back({what, std::string(member), one, other});
  }
}

const Value* find_step(const Value& run, std::string_view key) {
  const Value* steps = find(&run, "steps");
  if (steps == nullptr || !steps->is_array()) return nullptr;
  for (const Value& step : steps->get_array()) {
    if (find_text(&step, "key") == key) return &step;
  }
  return nullptr;
}

std::vector<Difference> find_differences(const Value& before, const Value& after) {
  std::vector<Difference> out;
  compare("run", before, after, {"state", "generation", "closedAt", "outputs", "error", "usage"}, out);
  const Value* steps = find(&after, "steps");
  if (steps == nullptr || !steps->is_array()) return out;
  for (const Value& step : steps->get_array()) {
    const std::string_view key = find_text(&step, "key");
    static const Value kNone;
    const Value* earlier = find_step(before, key);
    compare("step " + printable(key), earlier == nullptr ? kNone : *earlier, step,
            {"state", "attempts", "startedAt", "closedAt", "result", "error", "usage"}, out);
  }
  return out;
}

std::string draw(const std::vector<Difference>& differences) {
  if (differences.empty()) return "no difference\n";
  std::string out;
  std::string what;
  for (const Difference& difference : differences) {
    if (difference.what != what) out += (what = difference.what) + "\n";
    out += "  " + difference.member + ": " + difference.before + " -> " + difference.after + "\n";
  }
  return out;
}

std::string as_json(const std::vector<Difference>& differences) {
  Array out;
  for (const Difference& difference : differences) {
    out.push_back(Object{{"what", difference.what},
                         {"member", difference.member},
                         {"before", difference.before},
                         {"after", difference.after}});
  }
  return write_json(out);
}

Exit diff(const Commands& commands, const std::string& run, const std::vector<std::string>& points) {
  if (points.size() != 2) {
    commands.terminal.error("callboard: expected --at twice: a position or a time each");
    return Exit::bad_usage;
  }
  auto api = commands.connect();
  if (!api) return api.error();
  std::vector<Value> states;
  for (const std::string& point : points) {
    const auto answer = (*api)->get(run_path(run) + "?at=" + percent_encoded(point));
    if (!answer) return explain_error(commands.terminal, answer.error());
    if (exit_of(answer->status) != Exit::done) return explain_answer(commands.terminal, *answer);
    states.push_back(read_json(answer->body, 2 * limits::kJsonDepth).value_or(Value()));
  }
  const auto differences = find_differences(states[0], states[1]);
  commands.terminal.print(commands.json ? as_json(differences) + "\n" : draw(differences));
  return Exit::done;
}

}  // namespace

void add_log_run_commands(CLI::App& log, Commands& commands) {
  auto run = std::make_shared<std::string>();  // shared with the parser, which keeps references to them
  auto points = std::make_shared<std::vector<std::string>>();
  CLI::App* parser = log.add_subcommand("diff", "What changed of a run between two points of its log");
  parser->add_option("RUN", *run, "the run's id")->required();
  parser->add_option("--at", *points, "a point: an event's position, or a time; given twice")
      ->expected(1)
      ->take_all()
      ->required();
  parser->callback([&commands, run, points] {
    commands.chosen = [&commands, run, points] { return diff(commands, *run, *points); };
  });
}

}  // namespace callboard::cli
