#include "worker/steps/shell.hpp"

#include <string>
#include <utility>

#include "shared/base/check.hpp"
#include "shared/base/text.hpp"
#include "worker/steps/shell_process.hpp"

namespace callboard::worker {
namespace {

run::Outcome failure_of(const sandbox::ProcessEnd& end) {
  std::string message = end.signal != 0 ? "ended by signal " + std::to_string(end.signal)
                                        : "exit code " + std::to_string(end.exit_code);
  std::string_view said = end.error.empty() ? end.output : end.error;
  said = said.substr(0, said.find_last_not_of(" \t\r\n") + 1);
  if (!said.empty()) message += ": " + printable(said, true);
  return failed(run::ErrorClass::exit, std::move(message));
}

run::Outcome outcome_of(const Result<sandbox::ProcessEnd>& end, const sandbox::StepFolder& folder) {
  if (!end) {
    const bool is_ours = end.error().code == ErrorCode::unavailable;
    return failed(is_ours ? run::ErrorClass::internal : run::ErrorClass::validation, end.error().message);
  }
  if (end->signal != 0 || end->exit_code != 0) return failure_of(*end);
  auto result = read_shell_output(folder);
  if (!result) return failed(run::ErrorClass::validation, result.error().message);
  (*result)["exitCode"] = end->exit_code;
  (*result)["stdout"] = end->output;
  (*result)["stderr"] = end->error;
  (*result)["truncated"] = end->is_truncated;
  return completed(std::move(*result));
}

/// The end of a step that was run: its folder is read and removed, on a thread that may block.
struct Ending {
  Loop& loop;
  std::unique_ptr<sandbox::StepFolder> folder;
  StepDone done;

  void finish(const Result<sandbox::ProcessEnd>& end) {
    run::Outcome outcome = outcome_of(end, *folder);
    folder.reset();
    loop.post([tell = std::move(done), outcome = std::move(outcome)]() mutable { tell(std::move(outcome)); });
  }
};

class Running final : public Execution {
 public:
  Running(const ShellPorts& ports, sandbox::ProcessSpec spec, Ending ending) : processes_(ports.processes) {
    id_ = processes_.begin(std::move(spec), [&files = ports.files, ending = std::move(ending)](
                                                Result<sandbox::ProcessEnd> end) mutable {
      const bool is_taken =
          files.try_run([ending = std::move(ending), end = std::move(end)]() mutable { ending.finish(end); });
      CALLBOARD_CHECK(is_taken);  // its queue holds more than there are slots
    });
  }
  ~Running() override { processes_.kill(id_); }

  void stop(Stop how) override { how == Stop::gracefully ? processes_.stop(id_) : processes_.kill(id_); }

 private:
  sandbox::ProcessHost& processes_;
  sandbox::ProcessHost::Id id_ = 0;
};

class Shell final : public Executor {
 public:
  explicit Shell(ShellPorts ports) : ports_(ports) {}
  std::string_view name() const override { return "shell"; }

  Begun begin(StepCall call, StepDone done) override {
    auto folder = sandbox::StepFolder::make();
    if (!folder) return failed(run::ErrorClass::internal, folder.error().message);
    auto spec = make_shell_process(call, **folder, ports_.limits);
    if (!spec) return failed(run::ErrorClass::validation, spec.error().message);
    return std::make_unique<Running>(ports_, std::move(*spec),
                                     Ending{ports_.loop, std::move(*folder), std::move(done)});
  }

 private:
  ShellPorts ports_;
};

}  // namespace

std::unique_ptr<Executor> make_shell(ShellPorts ports) { return std::make_unique<Shell>(ports); }

}  // namespace callboard::worker
