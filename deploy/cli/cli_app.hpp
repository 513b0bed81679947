#pragma once

namespace callboard::cli {

/// The `callboard` command; its exit status.
int run_cli(int argc, char** argv, const char* version);

}  // namespace callboard::cli
