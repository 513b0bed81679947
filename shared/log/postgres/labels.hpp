#pragma once

#include <string>

#include "shared/run/label.hpp"

namespace callboard::log {

/// The labels of a run out of one JSON object, whose members are its rows of `run_label`, in that order.
run::Labels read_labels(const std::string& json);

}  // namespace callboard::log
