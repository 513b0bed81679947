#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "shared/base/error.hpp"

namespace callboard::loadtest {

struct Options {
  std::string scenario;         // chain fan job latency map ingest parse expressions match recover …
  std::size_t runs = 0;         // 0: as many as fit into `seconds`
  std::size_t steps = 0;        // 0: the scenario's own (chain 5, fan 8, latency 5, map 10,000)
  std::size_t concurrency = 0;  // 0: the scenario's own (400; ingest 32; latency, map 1; recover 1000)
  double seconds = 0;           // of one of the three measured parts (5), of the load before a fault (3)
  std::size_t workers = 1;
  std::size_t slots = 0;  // of a worker; 0: the worker's default
  bool segments = true;
  std::string url;                  // empty: a stack of its own in a throw-away folder
  std::string webhook_secret;       // with --url, for ingest
  std::vector<std::string> faults;  // recover: which of them; empty: all
  bool json = false;
};

/// What the command line asks for, or the exit status after --help, --version or a mistake (already printed).
std::expected<Options, int> parse_options(int argc, char** argv);

}  // namespace callboard::loadtest
