#pragma once

#include <string>

#include "shared/base/error.hpp"

namespace callboard {

/// The bytes of a file. The error is a sentence that names it: it is a folder (`invalid`), or why it can't be
/// read
/// (`not_found`, `unavailable`). Not printable: the path is as given.
Result<std::string> read_file(const std::string& path);

}  // namespace callboard
