#pragma once

#include <string>
#include <vector>

#include "shared/value/value.hpp"

namespace callboard::workflow {

struct Document {
  std::string name;
  Value value;
};

/// What a validator of others (python3-jsonschema) says of each by the published schema.
std::vector<bool> ask_validator(const std::vector<Document>& documents);

}  // namespace callboard::workflow
