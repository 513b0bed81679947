#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "deploy/embedded/stack.hpp"
#include "loadtest/http_load.hpp"
#include "loadtest/options.hpp"
#include "loadtest/report.hpp"

namespace callboard::loadtest {

/// What is measured: an embedded stack of its own in a throw-away folder, or the one at --url.
class StackUnderTest {
 public:
  static Result<std::unique_ptr<StackUnderTest>> start(const Options& options);
  /// Ends the stack and removes its folder.
  ~StackUnderTest();
  StackUnderTest(const StackUnderTest&) = delete;
  StackUnderTest& operator=(const StackUnderTest&) = delete;

  const Target& target() const { return target_; }
  std::string webhook_secret() const;
  /// Of a stack of its own; zeros with --url.
  Memory memory() const;
  /// Addresses and processes of a stack of its own.
  embedded::StackState state() const { return stack_->state(); }
  /// The throw-away folder; after keep_folder() it stays, with the stack's data and logs, as evidence.
  const std::filesystem::path& folder() const { return folder_; }
  void keep_folder() { kept_ = true; }
  /// Executions beyond the first of one run, step, item and attempt, by the workers' own record; of a stack
  /// of its own.
  Result<std::uint64_t> executed_twice() const;

 private:
  StackUnderTest() = default;

  std::filesystem::path folder_;
  bool kept_ = false;
  std::unique_ptr<embedded::Stack> stack_;
  std::string secret_;
  Target target_;
};

}  // namespace callboard::loadtest
