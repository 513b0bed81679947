#pragma once

#include <string>
#include <vector>

#include "shared/value/json_schema.hpp"
#include "shared/workflow/inputs.hpp"
#include "shared/workflow/tree.hpp"

namespace callboard::workflow {

/// The schema that a declaration makes: of its keywords beside each other (a text where none says what else),
/// or its `schema`. Its shape has been checked.
JsonSchema read_typed(const Node& node, const std::string& path, Problems& problems);

/// `inputs` of a file or of a group. Defaults fit their schemas.
std::vector<Input> read_inputs(const Node* inputs, const std::string& path, Problems& problems);

/// `outputTypes` of a file: each is of an output, and those outputs that stand as they are fit.
std::vector<TypedMember> read_output_types(const Node& root, Problems& problems);

}  // namespace callboard::workflow
