#include "deploy/cli/cli_app.hpp"

int main(int argc, char** argv) { return callboard::cli::run_cli(argc, argv, CALLBOARD_VERSION); }
