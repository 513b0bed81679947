#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/value/value.hpp"

namespace callboard::cli {

/// How a run of the API looks on a screen. Pure; everything from outside comes out printable.

bool is_closed_state(std::string_view state);

struct ViewOptions {
  bool colour = false;
  Time now{};             // how long open steps have been going
  std::size_t frame = 0;  // of the spinner
};

/// The run as a picture: a heading, a line a step, and behind its close the outputs or the error.
std::vector<std::string> draw_run(const Value& run, const ViewOptions& options);

/// `team:core pr:7`: the labels of a run, or of a head of one. Empty where it has none.
std::string label_line(const Value& run);

/// The steps that closed or began since the last call, a line each, for pipes.
class RunLines {
 public:
  std::vector<std::string> news(const Value& run);

 private:
  std::map<std::string, std::string> shown_;  // the state of each step as last told
  std::string run_state_;
};

/// What stands behind a run's close: outputs, error, what it waits for.
std::vector<std::string> draw_end(const Value& run, bool colour);

/// An event of the log as a line; with `output`, what a step wrote stands below, indented.
std::vector<std::string> draw_event(const Value& event, bool output, bool colour);

/// 0.42 s, 12.3 s, 3 min 4 s
std::string format_seconds(Micros duration);

}  // namespace callboard::cli
