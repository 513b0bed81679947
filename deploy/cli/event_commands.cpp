#include <CLI/CLI.hpp>
#include <chrono>
#include <random>

#include "deploy/cli/commands.hpp"
#include "deploy/cli/watch.hpp"
#include "deploy/embedded/data_folder.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

constexpr std::size_t kShownDeliveries = 50;

struct Sending {
  std::string source;  // "github", "linear"
  std::string file;
  std::string event;
  std::string delivery;
  bool wait = false;
};

/// A version 4 UUID, as the senders make them for their deliveries.
std::string make_delivery_id() {
  std::random_device random;
  std::string id;
  for (const char c : std::string_view("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx")) {
    id += c == 'x' ? "0123456789abcdef"[random() % 16] : c;
  }
  return id;
}

/// The first of the secrets in the settings, else the one that `callboard up` made.
std::string find_webhook_secret(const config::Settings& settings, const std::string& source) {
  const auto secrets = settings.list(source == "github" ? "GITHUB_WEBHOOK_SECRET" : "LINEAR_WEBHOOK_SECRET");
  if (!secrets.empty()) return secrets.front();
  const embedded::DataFolder folder{settings.text("CALLBOARD_DATA")};
  return embedded::read_text_file(folder.webhook_secret(source)).value_or("");
}

/// Linear signs the time of sending, and refuses what is older than a minute: a file's own would be.
std::string with_time_of_now(Value payload) {
  if (!payload.is_object()) return write_json(payload);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  payload.get_object()["webhookTimestamp"] =
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return write_json(payload);
}

std::expected<std::string, Exit> read_body(const Commands& commands, const Sending& wanted) {
  auto text = read_argument_file(commands.terminal, wanted.file, limits::kWebhookBytes);
  if (!text) return text;
  auto payload = read_json(*text);
  if (payload) return wanted.source == "linear" ? with_time_of_now(*std::move(payload)) : *std::move(text);
  commands.terminal.error("callboard: " + printable(wanted.file) + ": " + printable(payload.error().message));
  return std::unexpected(Exit::bad_usage);
}

Headers headers_of(const Sending& wanted, const std::string& body, const std::string& secret) {
  const std::string signature = to_hex(hmac_sha256(secret, body));
  const std::string delivery = wanted.delivery.empty() ? make_delivery_id() : wanted.delivery;
  if (wanted.source == "github") {
    // "pull_request.opened" is how workflows name it; the header has the part before the action alone.
    return {{"X-GitHub-Event", wanted.event.substr(0, wanted.event.find('.'))},
            {"X-GitHub-Delivery", delivery},
            {"X-Hub-Signature-256", "sha256=" + signature}};
  }
  return {{"Linear-Event", wanted.event}, {"Linear-Delivery", delivery}, {"Linear-Signature", signature}};
}

std::string show_accepted(const Value& answer) {
  const Value* duplicate = find(&answer, "duplicate");
  const bool again = duplicate != nullptr && duplicate->is_bool() && duplicate->get_bool();
  const std::string id = printable(find_text(&answer, "deliveryId"));
  std::string out = "delivery " + id + (again ? " was here before" : "") + "\n";
  const Value* runs = find(&answer, "runs");
  if (runs == nullptr || !runs->is_array() || runs->get_array().empty())
    return out + "it starts no run; why not, and what waited for it: callboard event explain " + id + "\n";
  for (const Value& run : runs->get_array()) {
    if (run.is_string()) out += "run " + printable(run.get_string()) + "\n";
  }
  return out;
}

Exit watch_runs(const Commands& commands, ApiClient& api, const Result<Answer>& answer) {
  if (!answer) return explain_error(commands.terminal, answer.error());
  if (exit_of(answer->status) != Exit::done) return explain_answer(commands.terminal, *answer);
  const auto accepted = read_json(answer->body);
  const Value* runs = accepted ? find(&*accepted, "runs") : nullptr;
  if (runs == nullptr || !runs->is_array() || runs->get_array().empty())
    return commands.show_answer(answer, show_accepted);
  Exit worst = Exit::done;
  for (const Value& run : runs->get_array()) {
    if (!run.is_string()) continue;
    const std::string id(run.get_string());
    const Exit end = watch_run(api, commands.terminal, id, commands.json);
    if (end == Exit::interrupted) return end;
    if (end != Exit::done) worst = end;
  }
  return worst;
}

Exit send(const Commands& commands, const Sending& wanted) {
  const auto settings = commands.settings();
  if (!settings) return settings.error();
  const auto body = read_body(commands, wanted);
  if (!body) return body.error();
  const std::string secret = find_webhook_secret(*settings, wanted.source);
  if (secret.empty()) {
    commands.terminal.error(
        "callboard: no secret to sign with: set " +
        std::string(wanted.source == "github" ? "GITHUB_WEBHOOK_SECRET" : "LINEAR_WEBHOOK_SECRET") +
        ", or name the data folder of `callboard up` with --data");
    return Exit::bad_usage;
  }
  auto api = commands.connect();
  if (!api) return api.error();
  const auto answer = (*api)->post("/webhooks/" + wanted.source, *body, headers_of(wanted, *body, secret));
  if (wanted.wait) return watch_runs(commands, **api, answer);
  return commands.show_answer(answer, show_accepted);
}

Exit list_deliveries(const Commands& commands) {
  return commands.show_list("/api/deliveries", kShownDeliveries, [](const Value& items) {
    std::vector<std::vector<std::string>> rows;
    for (const Value& item : items.get_array()) {
      std::string verdicts;
      if (const Value* list = find(&item, "verdicts"); list != nullptr && list->is_array()) {
        for (const Value& verdict : list->get_array()) {
          verdicts += (verdicts.empty() ? "" : ", ") + printable(find_text(&verdict, "workflow")) + " " +
                      printable(find_text(&verdict, "outcome"));
        }
      }
      rows.push_back({printable(find_text(&item, "id")), printable(find_text(&item, "at")),
                      printable(find_text(&item, "source")), printable(find_text(&item, "event")), verdicts});
    }
    return rows.empty() ? std::string("no deliveries yet\n")
                        : format_table({"DELIVERY", "AT", "SOURCE", "EVENT", "VERDICTS"}, rows);
  });
}

std::string describe_verdict(const Value& verdict, const std::string& run) {
  const std::string detail = printable(find_text(&verdict, "detail"));
  if (run.empty()) return detail;
  return detail.empty() ? "run " + run : "run " + run + " (" + detail + ")";
}

std::string show_verdicts(const Value& delivery) {
  std::string out = printable(find_text(&delivery, "source")) + " " +
                    printable(find_text(&delivery, "event")) + ", delivery " +
                    printable(find_text(&delivery, "id")) + ", came in at " +
                    printable(find_text(&delivery, "at")) + "\n";
  if (const auto first = find_text(&delivery, "replayOf"); !first.empty())
    out += "it runs delivery " + printable(first) + " again\n";
  const Value* verdicts = find(&delivery, "verdicts");
  if (verdicts == nullptr || !verdicts->is_array() || verdicts->get_array().empty())
    return out + "no workflow listened to it\n";
  std::vector<std::vector<std::string>> rows;
  for (const Value& verdict : verdicts->get_array()) {
    const std::string run = printable(find_text(&verdict, "run"));
    rows.push_back({printable(find_text(&verdict, "workflow")), printable(find_text(&verdict, "outcome")),
                    describe_verdict(verdict, run)});
  }
  return out + format_table({"WORKFLOW", "OUTCOME", "RUN, OR WHY NOT"}, rows);
}

Exit explain(const Commands& commands, const std::string& delivery) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->get("/api/deliveries/" + percent_encoded(delivery)), show_verdicts);
}

Exit replay(const Commands& commands, const std::string& delivery) {
  auto api = commands.connect();
  if (!api) return api.error();
  return commands.show_answer((*api)->post("/api/deliveries/" + percent_encoded(delivery) + "/replay", "{}"),
                              show_accepted);
}

CLI::App* add_sender(CLI::App& parent, Commands& commands, const std::string& source, const std::string& help,
                     const std::shared_ptr<Sending>& wanted) {
  CLI::App* parser = parent.add_subcommand(source, help);
  parser->add_option("FILE", wanted->file, "the payload, JSON")->required();
  parser->add_option("--delivery", wanted->delivery, "the delivery's id (a new one)");
  parser->add_flag("--wait", wanted->wait, "show the runs that it starts until they close");
  parser->callback([&commands, wanted, source] {
    wanted->source = source;
    commands.chosen = [&commands, wanted] { return send(commands, *wanted); };
  });
  return parser;
}

}  // namespace

void add_event_commands(CLI::App& app, Commands& commands) {
  CLI::App* event = app.add_subcommand("event", "Webhooks that came in, and sending one");
  event->require_subcommand(1);

  CLI::App* sender = event->add_subcommand("send", "Send a signed webhook to the dispatcher");
  sender->require_subcommand(1);
  auto wanted = std::make_shared<Sending>();  // shared with the parser, which keeps references to its members
  add_sender(*sender, commands, "github", "As GitHub sends it", wanted)
      ->add_option("--event", wanted->event, "its name, such as pull_request")
      ->required();
  add_sender(*sender, commands, "linear", "As Linear sends it, signed as of now", wanted);

  CLI::App* list = event->add_subcommand("deliveries", "The newest webhooks, and what became of them");
  list->callback([&commands] { commands.chosen = [&commands] { return list_deliveries(commands); }; });

  auto delivery = std::make_shared<std::string>();  // shared with the parser, as above
  CLI::App* verdicts = event->add_subcommand(
      "explain", "What each workflow that listens made of a delivery: its run, or what did not hold");
  verdicts->add_option("DELIVERY", *delivery, "the delivery's id")->required();
  verdicts->callback([&commands, delivery] {
    commands.chosen = [&commands, delivery] { return explain(commands, *delivery); };
  });

  CLI::App* again = event->add_subcommand("replay", "Run a delivery again");
  again->add_option("DELIVERY", *delivery, "the delivery's id")->required();
  again->callback([&commands, delivery] {
    commands.chosen = [&commands, delivery] { return replay(commands, *delivery); };
  });
}

}  // namespace callboard::cli
