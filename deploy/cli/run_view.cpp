#include "deploy/cli/run_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "deploy/cli/reasons.hpp"
#include "deploy/cli/terminal.hpp"
#include "shared/base/text.hpp"
#include "shared/value/read.hpp"
#include "shared/value/write.hpp"

namespace callboard::cli {
namespace {

constexpr std::string_view kSpinner[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::size_t kErrorWidth = 300;

struct Look {
  std::string_view sign;
  Colour colour;
};

Look look_of(std::string_view state, std::size_t frame) {
  if (state == "completed") return {"✓", Colour::green};
  if (state == "failed") return {"✗", Colour::red};
  if (state == "cancelled") return {"✗", Colour::yellow};
  if (state == "skipped") return {"-", Colour::dim};
  if (state == "running" || state == "ready" || state == "waiting" || state == "cancelling") {
    return {kSpinner[frame % std::size(kSpinner)], Colour::cyan};
  }
  if (state == "retrying") return {"↻", Colour::yellow};
  return {"·", Colour::dim};
}

std::string text_of(const Value* value, std::string_view name) { return printable(find_text(value, name)); }

/// What a value looks like in one line: texts bare, everything else as JSON.
std::string value_line(const Value& value) {
  return printable(value.is_string() ? std::string_view(value.get_string()) : write_json(value));
}

std::optional<Micros> took(const Value& part, Time now) {
  const auto begin = parse_time(find_text(&part, "startedAt", find_text(&part, "createdAt")));
  if (!begin) return std::nullopt;
  const auto end = parse_time(find_text(&part, "closedAt"));
  if (!end && now == Time{}) return std::nullopt;
  return std::max(Micros(0), end.value_or(now) - *begin);
}

std::string error_of(const Value& part) {
  const Value* error = find(&part, "error");
  if (error == nullptr || !error->is_object()) return "";
  std::string text = text_of(error, "class") + ": " + text_of(error, "message");
  if (text.size() > kErrorWidth) text = cut_to(text, kErrorWidth) + "…";
  return text;
}

std::string step_name(const Value& step) {
  std::string name = text_of(&step, "key");
  if (const Value* item = find(&step, "item"); item != nullptr && !item->is_null())
    name += "[" + value_line(*item) + "]";
  return name;
}

const Array* list_of(const Value& run, std::string_view name) {
  const Value* list = find(&run, name);
  return list != nullptr && list->is_array() ? &list->get_array() : nullptr;
}

std::string step_line(const Value& step, std::size_t width, const ViewOptions& options) {
  const std::string_view state = find_text(&step, "state");
  const Look look = look_of(state, options.frame);
  const std::string name = step_name(step);
  std::string line = fmt::format("  {} {}{}  {}", paint(look.sign, look.colour, options.colour), name,
                                 std::string(width - std::min(width, shown_width(name)), ' '),
                                 paint(fmt::format("{:<10}", printable(state)), look.colour, options.colour));
  if (const auto duration = took(step, options.now)) line += fmt::format(" {:>9}", format_seconds(*duration));
  if (const std::string child = text_of(&step, "run"); !child.empty())
    line += "  " + paint("run " + child, Colour::dim, options.colour);
  if (find_int(&step, "attempts") > 1) line += fmt::format("  attempt {}", find_int(&step, "attempts"));
  if (const std::string error = error_of(step); !error.empty())
    line += "  " + paint(error, Colour::red, options.colour);
  return line;
}

}  // namespace

bool is_closed_state(std::string_view state) {
  return state == "completed" || state == "failed" || state == "cancelled";
}

std::string format_seconds(Micros duration) {
  const double seconds = static_cast<double>(duration.count()) / 1e6;
  if (seconds < 10) return fmt::format("{:.2f} s", seconds);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 7200) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string label_line(const Value& run) {
  const Value* labels = find(&run, "labels");
  std::string out;
  if (labels == nullptr || !labels->is_object()) return out;
  for (const auto& [name, value] : labels->get_object())
    out += (out.empty() ? "" : " ") + printable(std::string_view(name)) + ":" + value_line(value);
  return out;
}

std::vector<std::string> draw_run(const Value& run, const ViewOptions& options) {
  const std::string_view state = find_text(&run, "state");
  const Look look = look_of(state, options.frame);
  std::string head =
      fmt::format("{} {}  {}", paint(look.sign, look.colour, options.colour), text_of(&run, "workflow"),
                  paint(printable(state), look.colour, options.colour));
  if (const auto duration = took(run, options.now)) head += "  " + format_seconds(*duration);
  head += "  " + paint(text_of(&run, "id"), Colour::dim, options.colour);
  std::vector<std::string> lines{std::move(head)};
  if (const std::string labels = label_line(run); !labels.empty())
    lines.push_back("  " + paint(labels, Colour::dim, options.colour));
  const Array* steps = list_of(run, "steps");
  if (steps == nullptr) return lines;
  std::size_t width = 0;
  for (const Value& step : *steps) width = std::max(width, shown_width(step_name(step)));
  for (const Value& step : *steps) lines.push_back(step_line(step, width, options));
  return lines;
}

std::vector<std::string> draw_end(const Value& run, bool colour) {
  std::vector<std::string> lines;
  if (const std::string error = error_of(run); !error.empty())
    lines.push_back(paint(error, Colour::red, colour));
  if (const Value* outputs = find(&run, "outputs"); outputs != nullptr && outputs->is_object()) {
    for (const auto& member : outputs->get_object()) {
      const std::string name = printable(std::string_view(member.key()));
      const Value& value = member.value();
      if (value.is_string() && value.get_string().find('\n') != boost::json::string::npos) {
        lines.push_back(name + ":");
        std::string_view rest = value.get_string();
        while (rest.ends_with('\n')) rest.remove_suffix(1);
        while (true) {
          const auto end = rest.find('\n');
          lines.push_back("  " + printable(rest.substr(0, end)));
          if (end == std::string_view::npos) break;
          rest.remove_prefix(end + 1);
        }
      } else {
        lines.push_back(name + ": " + value_line(value));
      }
    }
  }
  if (is_closed_state(find_text(&run, "state"))) return lines;
  if (const Array* waiting = list_of(run, "waitingFor")) {
    const std::string id = text_of(&run, "id");
    for (const Value& reason : *waiting) lines.push_back(explain_reason(reason, id));
  }
  return lines;
}

std::vector<std::string> RunLines::news(const Value& run) {
  std::vector<std::string> lines;
  const std::string_view run_state = find_text(&run, "state");
  const auto at = [&](const Value& part, std::string_view field) {
    const auto begin = parse_time(find_text(&run, "createdAt"));
    const auto then = parse_time(find_text(&part, field));
    return begin && then ? fmt::format("{:>9}  ", "+" + format_seconds(*then - *begin))
                         : std::string(11, ' ');
  };
  if (run_state_.empty()) lines.push_back("run " + text_of(&run, "id") + "  " + text_of(&run, "workflow"));
  std::multimap<std::string_view, std::string> changes;  // by their time
  if (const Array* steps = list_of(run, "steps")) {
    for (const Value& step : *steps) {
      const std::string_view state = find_text(&step, "state");
      const bool closed = is_closed_state(state) || state == "skipped";
      const std::string name = step_name(step);
      std::string& shown = shown_[name];
      if (shown == state || state == "pending" || state == "ready") continue;
      shown = state;
      const std::string_view when = closed ? "closedAt" : "startedAt";
      const bool failed_once = state == "retrying";  // when is not told
      std::string line =
          (failed_once ? std::string(11, ' ') : at(step, when)) + name + "  " + printable(state);
      if (const auto duration = took(step, {}); duration && closed) line += "  " + format_seconds(*duration);
      // of one that runs again, the error is of the attempt before
      if (const std::string error = error_of(step); !error.empty() && (closed || failed_once))
        line += "  " + error;
      changes.emplace(find_text(&step, when), std::move(line));
    }
  }
  for (auto& [when, line] : changes) lines.push_back(std::move(line));
  if (run_state != run_state_ && is_closed_state(run_state)) {
    std::string line = at(run, "closedAt") + "run  " + printable(run_state);
    if (const auto duration = took(run, {})) line += "  " + format_seconds(*duration);
    lines.push_back(std::move(line));
  }
  run_state_ = run_state;
  return lines;
}

std::vector<std::string> draw_event(const Value& event, bool output, bool colour) {
  const Value* data = find(&event, "data");
  std::string line = text_of(&event, "at") + "  " + text_of(&event, "type");
  if (const std::string step = text_of(&event, "step"); !step.empty()) line += "  " + step;
  if (find_int(&event, "attempt") > 1) line += "  attempt " + std::to_string(find_int(&event, "attempt"));
  if (data != nullptr) {
    if (const std::string error = error_of(*data); !error.empty())
      line += "  " + paint(error, Colour::red, colour);
  }
  std::vector<std::string> lines{std::move(line)};
  const Value* result = find(data, "result");
  if (!output || result == nullptr) return lines;
  for (const std::string_view name : {"stdout", "stderr", "text"}) {
    std::string_view rest = find_text(result, name);
    while (rest.ends_with('\n')) rest.remove_suffix(1);
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      lines.push_back(paint("  | ", Colour::dim, colour) + printable(rest.substr(0, end)));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  return lines;
}

}  // namespace callboard::cli
