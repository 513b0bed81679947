#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace callboard::test {

/// A program of ours as a child of the test, with an environment of its own. Killed with this object.
class Process {
 public:
  Process(std::string program, std::vector<std::string> arguments, std::vector<std::string> environment);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// The next line of its standard output, without its newline; empty at the end.
  std::string read_line();
  /// The rest of its standard output, up to the end.
  std::string read_all();
  void signal(int number) const;
  /// Waits for its end: the exit status, or -1 where a signal ended it.
  int wait();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

}  // namespace callboard::test
