#pragma once

#include <string>
#include <string_view>

namespace callboard::workflow {

/// What names a workflow in addresses and commands: [a-z0-9-_.], at most 63, no dashes at the ends. Empty if
/// nothing of the name is left.
std::string slug_of(std::string_view name);

/// A step's key made of its name: [a-z_][a-z0-9_-]{0,62}. Empty if nothing of the name is left.
std::string step_key_of(std::string_view name);

/// [A-Za-z_][A-Za-z0-9_-]{0,62}
bool is_step_key(std::string_view key);

}  // namespace callboard::workflow
