#pragma once

#include "shared/workflow/shape.hpp"

namespace callboard::rehearsal {

/// The fields of a file of stubs, as tables.
const workflow::Shape& stubs_shape();

}  // namespace callboard::rehearsal
