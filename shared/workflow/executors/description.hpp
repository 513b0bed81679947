#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "shared/run/graph.hpp"
#include "shared/workflow/shape.hpp"

namespace callboard::workflow {

/// Parameters of which a step has at most one, or exactly one.
struct OneOf {
  std::span<const std::string_view> names;
  bool is_required = true;
};

/// Another name for an executor that settles one of its parameters: `claude` is `provider` with provider:
/// anthropic.
struct ShortName {
  std::string_view name;
  std::string_view parameter;
  std::string_view value;
};

/// What is known of an executor without running it: the dispatcher validates and retries by it, the worker
/// registers the code of the same name (worker/steps).
struct Description {
  std::string_view name;
  std::string_view summary;
  /// Empty with `takes_anything`: any parameters.
  std::span<const Field> parameters = {};
  bool takes_anything = false;
  std::span<const OneOf> one_of = {};
  /// What else is wrong with parameters as far as they are written without expressions. `path` names them.
  void (*check)(const Node& params, const std::string& path, Problems& problems) = nullptr;
  std::span<const ShortName> short_names = {};
  run::Effect effect = run::Effect::none;
  /// Where the effect rests on the parameters, as written in the file.
  run::Effect (*effect_of)(const Node& params) = nullptr;
  /// Otherwise limits::kStepTimeout.
  std::optional<Micros> timeout = std::nullopt;
  /// What executes it shows whether it gets on: `idleTimeout` may bound its silence.
  bool shows_life = false;
  /// The dispatcher holds it: no job, no worker, and no secrets.
  bool held = false;
  /// Its parameter `event` (among `anyOf` too) says which events it waits for.
  bool awaits_events = false;
  /// The parameter whose text is a shell's: only ${{ … }} is an expression there, and nothing from outside
  /// may be put in.
  std::string_view script = {};
};

}  // namespace callboard::workflow
