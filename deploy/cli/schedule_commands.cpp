#include <CLI/CLI.hpp>

#include "deploy/cli/backfill_part.hpp"
#include "deploy/cli/commands.hpp"
#include "deploy/cli/delivery_backfill.hpp"
#include "deploy/cli/pauses.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"
#include "shared/workflow/fields.hpp"

namespace callboard::cli {
namespace {

constexpr int kNextTimes = 10;

std::vector<std::vector<std::string>> rows_of(
    const Value& answer, const char* list, const std::function<std::vector<std::string>(const Value&)>& row) {
  std::vector<std::vector<std::string>> rows;
  const Value* const items = find(&answer, list);
  if (items == nullptr || !items->is_array()) return rows;
  for (const Value& item : items->get_array()) rows.push_back(row(item));
  return rows;
}

std::string schedule_of(const Value& item) {
  return printable(find_text(&item, "cron")) + " " + printable(find_text(&item, "timezone"));
}

/// started (caught up), 11 skipped
std::string outcome_of(const Value& tick) {
  const std::int64_t count = find_int(&tick, "count");
  std::string out = count > 1 ? std::to_string(count) + " " : "";
  out += printable(find_text(&tick, "outcome"));
  const Value* const caught_up = find(&tick, "caughtUp");
  return caught_up != nullptr && caught_up->is_bool() && caught_up->get_bool() ? out + " (caught up)" : out;
}

std::string show_schedules(const Value& answer) {
  const auto schedules = rows_of(answer, "schedules", [](const Value& item) {
    return std::vector{schedule_of(item), printable(find_text(&item, "catchup")),
                       printable(find_text(&item, "overlap")), printable(find_text(&item, "jitter"))};
  });
  std::string out;
  if (const Value* const pause = find(&answer, "paused"); pause != nullptr && pause->is_object())
    out += describe_pause(*pause) + ": its ticks are skipped\n";
  if (schedules.empty()) out += "it has no schedule\n";
  if (!schedules.empty()) {
    out += format_table({"SCHEDULE", "CATCHUP", "OVERLAP", "JITTER"}, schedules) + "\n";
    out += format_table({"NEXT", "SCHEDULE"}, rows_of(answer, "next", [](const Value& item) {
                          return std::vector{printable(find_text(&item, "local")), schedule_of(item)};
                        }));
  }
  const auto ticks = rows_of(answer, "ticks", [](const Value& item) {
    const std::string run = printable(find_text(&item, "runId"));
    return std::vector{printable(find_text(&item, "at")), outcome_of(item),
                       run.empty() ? printable(find_text(&item, "detail")) : "run " + run, schedule_of(item)};
  });
  if (!ticks.empty()) out += "\n" + format_table({"TICK", "OUTCOME", "", "SCHEDULE"}, ticks);
  return out;
}

Exit show_schedule(const Commands& commands, const std::string& workflow, int count) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer(
      (*api)->get("/api/workflows/" + percent_encoded(workflow) + "/schedule?count=" + std::to_string(count)),
      show_schedules);
}

struct ScheduleBackfill {
  std::string workflow;
  std::string from;
  std::string until;
  std::string cron;
  std::string rate;
  bool dry_run = false;
};

/// What the calls of one backfill add up to.
struct BackfillSum {
  std::int64_t ticks = 0, started = 0, existing = 0;
  std::string first, last;
  Array failed;
};

/// The range's rest behind this call; empty behind the last.
std::expected<std::string, Exit> ask_backfill(const Commands& commands, ApiClient& api,
                                              const ScheduleBackfill& wish, const std::string& from,
                                              BackfillSum& sum) {
  Object range{{"from", from}, {"until", wish.until}};
  if (!wish.cron.empty()) range["cron"] = wish.cron;
  const auto part = ask_backfill_part(commands, api,
                                      {wish.workflow, "schedule", std::move(range), wish.rate, wish.dry_run});
  if (!part) return std::unexpected(part.error());
  if (sum.first.empty()) {
    sum.ticks = find_int(&*part, "ticks");
    sum.first = find_text(&*part, "first");
    sum.last = find_text(&*part, "last");
  }
  sum.started += find_int(&*part, "started");
  sum.existing += find_int(&*part, "existing");
  if (const Value* const failed = find(&*part, "failed"); failed != nullptr && failed->is_array()) {
    for (const Value& each : failed->get_array()) {
      sum.failed.push_back(each);
      if (!commands.json)
        commands.terminal.line(printable(find_text(&each, "at")) + ": " +
                               printable(find_text(&each, "reason")));
    }
  }
  return std::string(find_text(&*part, "next"));
}

std::string words_of_backfill(const ScheduleBackfill& wish, const BackfillSum& sum) {
  if (sum.ticks == 0) return "no tick is in this range";
  const std::string range =
      std::to_string(sum.ticks) + " ticks from " + printable(sum.first) + " to " + printable(sum.last);
  if (wish.dry_run) {
    return range + ": " + std::to_string(sum.started) + " would start a run, " +
           std::to_string(sum.existing) + " had one, " + std::to_string(sum.failed.size()) + " would fail";
  }
  return range + ": " + std::to_string(sum.started) + " runs started, " + std::to_string(sum.existing) +
         " there already, " + std::to_string(sum.failed.size()) + " failed";
}

Exit backfill_schedule(const Commands& commands, const ScheduleBackfill& wish) {
  auto api = commands.connect();
  if (!api) return api.error();
  BackfillSum sum;
  for (std::string from = wish.from; !from.empty();) {
    auto next = ask_backfill(commands, **api, wish, from, sum);
    if (!next) return next.error();
    from = std::move(*next);
    if (!from.empty() && !commands.json)
      commands.terminal.line(words_of_backfill(wish, sum) + ", more to come");
  }
  const bool is_whole = sum.failed.empty();
  if (!commands.json) {
    commands.terminal.line(words_of_backfill(wish, sum));
  } else {
    commands.terminal.line(write_json(Object{{"dryRun", wish.dry_run},
                                             {"ticks", sum.ticks},
                                             {"first", sum.first},
                                             {"last", sum.last},
                                             {"started", sum.started},
                                             {"existing", sum.existing},
                                             {"failed", std::move(sum.failed)}}));
  }
  return is_whole ? Exit::done : Exit::failed;
}

/// What is wrong with options that are of the other form.
std::string_view find_misuse(const ScheduleBackfill& wish, const DeliveryBackfill& of, bool deliveries) {
  const bool has_filter = !of.source.empty() || !of.event.empty() || !of.again.empty();
  if (deliveries ? !wish.cron.empty() : has_filter)
    return "--source, --event and --again go with --deliveries, --cron without it";
  if (of.source == workflow::kSchedule)
    return "--source is github, linear, webhook or workflow: ticks are backfilled by their times, without "
           "--deliveries";
  return {};
}

Exit backfill_either(const Commands& commands, const ScheduleBackfill& wish, DeliveryBackfill of,
                     bool deliveries) {
  if (const std::string_view misuse = find_misuse(wish, of, deliveries); !misuse.empty()) {
    commands.terminal.error("callboard: " + std::string(misuse));
    return Exit::bad_usage;
  }
  if (!deliveries) return backfill_schedule(commands, wish);
  of.workflow = wish.workflow;
  of.since = wish.from;
  of.until = wish.until;
  of.rate = wish.rate;
  of.dry_run = wish.dry_run;
  return backfill_deliveries(commands, of);
}

}  // namespace

void add_schedule_commands(CLI::App& workflow, Commands& commands) {
  auto name = std::make_shared<std::string>();  // shared with the parser, which keeps references to them
  auto count = std::make_shared<int>(kNextTimes);
  CLI::App* show =
      workflow.add_subcommand("schedule", "When a workflow runs next, and what became of its last ticks");
  show->add_option("NAME", *name, "the workflow's slug")->required();
  show->add_option("--count", *count, "how many next times")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  show->callback([&commands, name, count] {
    commands.chosen = [&commands, name, count] { return show_schedule(commands, *name, *count); };
  });

  auto wish = std::make_shared<ScheduleBackfill>();  // as above
  auto of = std::make_shared<DeliveryBackfill>();    // as above
  auto deliveries = std::make_shared<bool>(false);   // as above
  CLI::App* backfill =
      workflow.add_subcommand("backfill",
                              "Make the runs of a schedule's ticks, or of stored deliveries, in a range of "
                              "times; one that is there already is kept");
  backfill->add_option("NAME", wish->workflow, "the workflow's slug")->required();
  backfill->add_option("--from,--since", wish->from, "the first time (RFC 3339)")->required();
  backfill->add_option("--until", wish->until, "the last time; of a schedule not in the future")->required();
  backfill->add_option("--cron", wish->cron, "only this one of its schedules");
  backfill->add_flag("--deliveries", *deliveries, "of stored deliveries, matched with the workflow of now");
  backfill->add_option("--source", of->source,
                       "only deliveries of this source: github, linear, webhook or workflow");
  backfill->add_option("--event", of->event, "only deliveries of this event: push, pull_request.opened");
  backfill->add_option("--again", of->again,
                       "a name: also deliveries for which the workflow has a run, once for each name");
  backfill->add_option("--rate", wish->rate,
                       "runs a second or a minute: 10/s (the default), 30/m; at most 100");
  backfill->add_flag("--dry-run", wish->dry_run, "only say what it would do");
  backfill->callback([&commands, wish, of, deliveries] {
    commands.chosen = [&commands, wish, of, deliveries] {
      return backfill_either(commands, *wish, *of, *deliveries);
    };
  });
}

}  // namespace callboard::cli
