#pragma once

#include <string>
#include <vector>

namespace callboard::log {

/// One numbered file of shared/log/migrations.
struct Migration {
  int number = 0;
  std::string name;
  std::string sql;
};

/// In the order of their numbers. Generated when the library is built.
std::vector<Migration> migrations();

}  // namespace callboard::log
