#include <fmt/format.h>

#include <chrono>
#include <unordered_map>

#include "loadtest/scenarios.hpp"
#include "loadtest/workflows.hpp"
#include "shared/value/read.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::loadtest {
namespace {

constexpr std::size_t kBodyBytes = 8'000;

std::string commit(std::size_t i) {
  return fmt::format(
      R"({{"id":"{:040x}","message":"change {}","timestamp":"2026-01-01T00:00:00Z","author":{{"name":"A B","email":"a@example.com"}},)"
      R"("added":["src/a{}.c"],"modified":["README.md"],"removed":[]}})",
      i, std::string(120, 'm'), i);
}

/// A push of many commits, as large as the one that the scripts of the peers send.
std::string push_body() {
  std::string body =
      R"({"ref":"refs/heads/main","before":")" + std::string(40, '0') + R"(","after":")" +
      std::string(40, '1') +
      R"(","repository":{"id":1,"full_name":"acme/widgets","owner":{"login":"acme"}},"sender":{"login":"ab"},"installation":{"id":1},"commits":[)";
  for (std::size_t i = 0; body.size() < kBodyBytes; ++i) body += (i == 0 ? "" : ",") + commit(i);
  return body + "]}";
}

/// How often each delivery of this load is listed.
Result<std::unordered_map<std::string, int>> list_deliveries(const Target& target,
                                                             const std::string& prefix) {
  std::unordered_map<std::string, int> seen;
  std::string cursor;
  do {
    const auto page =
        ask(target, "GET", "/api/deliveries?limit=500" + (cursor.empty() ? "" : "&cursor=" + cursor), "");
    if (!page) return std::unexpected(page.error());
    const auto body = read_json(page->body);
    const Value* items = body ? find(&*body, "items") : nullptr;
    if (items == nullptr || !items->is_array())
      return fail(ErrorCode::internal, "no list of deliveries: " + page->body);
    for (const Value& item : items->get_array()) {
      const std::string_view id = find_text(&item, "externalId");
      if (id.starts_with(prefix)) ++seen[std::string(id)];
    }
    cursor = std::string(find_text(&*body, "next"));
  } while (!cursor.empty());
  return seen;
}

Result<void> register_listener(const Target& target) {
  const auto answer =
      ask(target, "POST", "/api/workflows?start=false", listening_workflow(), "application/yaml");
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 201 && answer->status != 200) return fail(ErrorCode::invalid, answer->body);
  return {};
}

}  // namespace

Result<Measured> measure_ingest(const Options& options, const Target& target, const std::string& secret,
                                const Progress& progress) {
  if (auto registered = register_listener(target); !registered) return std::unexpected(registered.error());
  const std::string body = push_body();
  const std::string prefix =
      fmt::format("load-{}-", std::chrono::system_clock::now().time_since_epoch().count());
  const std::string head =
      "Content-Type: application/json\r\nUser-Agent: GitHub-Hookshot/1\r\nX-GitHub-Event: push\r\n"
      "X-Hub-Signature-256: sha256=" +
      to_hex(hmac_sha256(secret, body)) + "\r\nX-GitHub-Delivery: " + prefix;
  std::size_t sent = 0;
  Load load;
  load.target = target;
  load.connections = options.concurrency;
  load.make_request = [&](std::size_t) {
    return format_request(target, "POST", "/webhooks/github", head + std::to_string(sent++) + "\r\n", body);
  };
  load.check = [](std::size_t, int status, std::string_view text) {
    return status == 202 && text.find(R"("duplicate":false)") != std::string_view::npos &&
           text.find(R"("runs":[])") != std::string_view::npos;
  };
  load.duration = to_micros(warm_up(options, progress));
  std::size_t right = drive(load).done;
  load.duration = to_micros(options.seconds);
  load.requests = options.runs;
  Measured measured;
  measured.parts = measure_parts(progress, [&] { return drive(load); });
  for (const LoadResult& part : measured.parts) right += part.done;
  progress("checking that every delivery is listed once");
  const auto seen = list_deliveries(target, prefix);
  if (!seen) return std::unexpected(seen.error());
  for (const auto& [id, times] : *seen) right -= times == 1 ? 1 : 0;
  if (right != 0) {
    measured.parts.back().errors += right;
    measured.parts.back().first_error =
        fmt::format("{} accepted deliveries are not listed exactly once", right);
  }
  return measured;
}

}  // namespace callboard::loadtest
