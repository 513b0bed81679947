#include <algorithm>
#include <chrono>

#include "loadtest/scenarios.hpp"
#include "loadtest/workflows.hpp"
#include "shared/workflow/compile.hpp"

namespace callboard::loadtest {
namespace {

constexpr std::size_t kFiles = 1'000;
constexpr std::size_t kSteps = 10;

using SteadyClock = std::chrono::steady_clock;

LoadResult compile_for(const std::vector<std::string>& files, double seconds, std::size_t most) {
  LoadResult result;
  const auto begun = SteadyClock::now();
  auto last = begun;
  do {
    const std::string& file = files[(result.done + result.errors) % files.size()];
    const auto compiled = workflow::compile(file, workflow::Format::yaml);
    const auto now = SteadyClock::now();
    result.latency_ms.push_back(std::chrono::duration<double, std::milli>(now - last).count());
    last = now;
    if (compiled && compiled->graph.steps.size() == kSteps) {
      ++result.done;
    } else if (result.errors++ == 0) {
      result.first_error = compiled ? "wrong number of steps" : compiled.error().front().message;
    }
  } while (most > 0 ? result.done + result.errors < most
                    : std::chrono::duration<double>(last - begun).count() < seconds);
  result.seconds = std::chrono::duration<double>(last - begun).count();
  std::ranges::sort(result.latency_ms);
  return result;
}

}  // namespace

Result<Measured> measure_parse(const Options& options, const Progress& progress) {
  std::vector<std::string> files;
  files.reserve(kFiles);
  for (std::size_t i = 0; i < kFiles; ++i) files.push_back(ten_step_workflow(i));
  Measured measured;
  measured.steps = kSteps;
  compile_for(files, warm_up(options, progress), 0);
  measured.parts = measure_parts(progress, [&] { return compile_for(files, options.seconds, options.runs); });
  return measured;
}

}  // namespace callboard::loadtest
