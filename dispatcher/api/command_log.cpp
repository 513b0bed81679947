#include "dispatcher/api/command_log.hpp"

#include <utility>

#include "dispatcher/api/json_writer.hpp"
#include "shared/value/sha256.hpp"

namespace callboard::dispatcher {
namespace {

constexpr std::size_t kCommandIdDigits = 32;

}  // namespace

std::string make_command_id(Context& context, const std::string& idempotency_key) {
  if (idempotency_key.empty()) return to_string(make_uuid(context.clock.now(), context.random));
  return to_hex(sha256(idempotency_key)).substr(0, kCommandIdDigits);
}

void append_asked(Context& context, const RunId& run, std::string key, run::EventType type, std::string data,
                  log::Done<run::Event> done) {
  log::Append row{.run = run,
                  .key = std::move(key),
                  .type = type,
                  .writer = context.engine.next_writer(),
                  .data = std::move(data),
                  .close = {},
                  .inbox = true};
  context.events.append(std::move(row),
                        [&context, done = std::move(done)](Result<log::Appended> appended) mutable {
                          if (!appended) return done(std::unexpected(appended.error()));
                          if (appended->won) context.engine.notice(appended->stored);
                          done(std::move(appended->stored));
                        });
}

http::Response accepted(const RunId& run, std::string_view state) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("id").text(to_string(run)).name("state").text(state).end_object();
  return http::Response::json(202, std::move(out));
}

}  // namespace callboard::dispatcher
