#include "loadtest/stack_under_test.hpp"

#include <cstdlib>
#include <fstream>

#include "worker/execution_record.hpp"

namespace callboard::loadtest {
namespace {

namespace fs = std::filesystem;

Result<fs::path> make_folder() {
  std::string name = (fs::temp_directory_path() / "callboard-load-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    return fail(ErrorCode::unavailable, "can't make a folder like " + name);
  return fs::path(name);
}

fs::path record_in(const fs::path& folder) { return folder / "executions"; }

/// VmRSS of one process, in MiB.
double resident(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<StackUnderTest>> StackUnderTest::start(const Options& options) {
  std::unique_ptr<StackUnderTest> under_test(new StackUnderTest);
  std::string url = options.url;
  if (url.empty()) {
    auto folder = make_folder();
    if (!folder) return std::unexpected(folder.error());
    under_test->folder_ = *folder;
    embedded::StackOptions stack;
    stack.data = *folder / "data";
    stack.workers = static_cast<std::uint32_t>(options.workers);
    stack.settings = {{"CALLBOARD_LISTEN", "127.0.0.1:0"},
                      {"CALLBOARD_LOG_LEVEL", "warn"},
                      {"CALLBOARD_SEGMENTS", options.segments ? "on" : "off"},
                      {"CALLBOARD_EXECUTION_RECORD", record_in(*folder).string()}};
    if (options.slots > 0) stack.settings["CALLBOARD_SLOTS"] = std::to_string(options.slots);
    auto started = embedded::Stack::start(std::move(stack));
    if (!started) return std::unexpected(started.error());
    under_test->stack_ = std::move(*started);
    url = under_test->stack_->state().url;
  }
  under_test->secret_ = options.webhook_secret;
  const auto target = parse_target(url);
  if (!target) return std::unexpected(target.error());
  under_test->target_ = *target;
  return under_test;
}

StackUnderTest::~StackUnderTest() {
  stack_.reset();
  std::error_code ignored;
  if (!folder_.empty() && !kept_) fs::remove_all(folder_, ignored);
}

std::string StackUnderTest::webhook_secret() const {
  return stack_ ? stack_->webhook_secret("github") : secret_;
}

Memory StackUnderTest::memory() const {
  Memory memory;
  if (!stack_) return memory;
  for (const embedded::NamedProcess& process : stack_->state().processes) {
    if (process.name == "dispatcher") memory.dispatcher = resident(process.mark.pid);
    if (process.name.starts_with("worker"))
      memory.worker = std::max(memory.worker, resident(process.mark.pid));
  }
  return memory;
}

Result<std::uint64_t> StackUnderTest::executed_twice() const {
  if (!stack_) return 0;
  const auto counts = worker::count_executions(record_in(folder_).string());
  if (!counts) return std::unexpected(counts.error());
  if (counts->dropped > 0)
    return fail(ErrorCode::too_large, "the execution record is full: measure for a shorter time");
  return counts->repeated;
}

}  // namespace callboard::loadtest
