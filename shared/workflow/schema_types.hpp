#pragma once

#include "shared/value/value.hpp"

/// What the published schema says of inputs and types of outputs beyond the shapes of their fields.
namespace callboard::workflow {

/// The keywords that say what a value is, of an input or an output.
Value typed_schema();
/// What goes for inputs beside it: values that the file gives are of their type.
Value input_schema();

}  // namespace callboard::workflow
