#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>

namespace callboard::sandbox {

struct ResourceLimit {
  int resource;
  rlimit value;
};

/// What a keeper needs, made before the fork: behind it nothing may be allocated.
struct KeeperPlan {
  const char* program;  // a path
  char* const* arguments;
  char* const* environment;
  const char* folder;
  int input;  // become 0, 1 and 2 of the step's process
  int output;
  int error;
  int control;  // read: kStop, kKill; its end means the worker is gone, or wants no more
  int report;   // written: KeeperReport
  const ResourceLimit* limits;
  std::size_t limit_count;
};

inline constexpr char kStop = 'T';
inline constexpr char kKill = 'K';

struct KeeperReport {
  enum class Kind : int {
    begun,   // value: process and group id of the step's process
    failed,  // value: errno of what went wrong before the program ran
    ended,   // value: its wait status; nothing of the step is left
  };
  Kind kind;
  int value;
};

/// The life of a keeper: a process between the worker and one step's process, to which everything that the
/// step leaves behind falls (PR_SET_CHILD_SUBREAPER), sessions of their own included. It ends only when all
/// of that is dead: after the step's process has ended, on kKill, or when the worker is gone. Called in a
/// freshly forked child of a process with threads: async-signal-safe calls only, no return.
[[noreturn]] void keep(const KeeperPlan& plan);

}  // namespace callboard::sandbox
