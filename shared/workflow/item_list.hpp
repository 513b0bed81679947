#pragma once

#include "shared/expression/expression.hpp"
#include "shared/workflow/path.hpp"
#include "shared/workflow/problem.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// What a `forEach` comes out as that stands in the file: a list, or a map, whose entries are the items. Adds
/// a problem where there are too many, or an expression stands among them; of anything else it is empty.
expression::Expression read_written_items(const Node& items, const Path& path, Problems& problems);

}  // namespace callboard::workflow
