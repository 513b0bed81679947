#pragma once

#include <string>

#include "dispatcher/api/json_writer.hpp"
#include "shared/log/pause.hpp"

namespace callboard::dispatcher {

/// The JSON of a pause (shape `Pause`).
inline std::string write_pause(const log::Pause& pause) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().name("scope").text(pause.scope).name("name").text(pause.name);
  json.name("at").time(pause.at).name("actor").text(pause.actor);
  json.name("reason").text(pause.reason).end_object();
  return out;
}

}  // namespace callboard::dispatcher
