#pragma once

#include <string>

#include "dispatcher/api/context.hpp"
#include "shared/http/server/exchange.hpp"

namespace callboard::dispatcher {

/// The last part of a command's or signal's key: the same idempotency key is the same command, which can be
/// in the log only once.
std::string make_command_id(Context& context, const std::string& idempotency_key);

/// Appends what somebody asks of a run, with an inbox row for the run's owner; this dispatcher, if it is the
/// owner, folds it at once. `done` comes with the row that stands under the key.
void append_asked(Context& context, const RunId& run, std::string key, run::EventType type, std::string data,
                  log::Done<run::Event> done);

/// {"id","state"}: 202.
http::Response accepted(const RunId& run, std::string_view state);

}  // namespace callboard::dispatcher
