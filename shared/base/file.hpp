#pragma once

#include <cstddef>
#include <string>

#include "shared/base/error.hpp"

namespace callboard {

/// The bytes of a file. The error is a sentence that names it: it is a folder (`invalid`), or why it can't be
/// read
/// (`not_found`, `unavailable`). Not printable: the path is as given.
Result<std::string> read_file(const std::string& path);

/// The same of at most `most` bytes, and one more where the file is longer. What need not end, nor begin, is
/// refused (`invalid`): a device, and a pipe that has a name. Pipes of the shell (<(…), /dev/stdin) and
/// terminals are read.
Result<std::string> read_bounded_file(const std::string& path, std::size_t most);

}  // namespace callboard
