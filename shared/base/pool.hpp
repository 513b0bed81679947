#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace callboard {

/// A label of workers: letters, digits, _ and -, at most 63.
bool is_label(std::string_view text);

/// The pool of the workers that have exactly these labels: its name is the labels in the order of the
/// alphabet, each once, with + between them. Nothing: there is none, one of them is no label, or the name
/// would be longer than limits::kPoolBytes.
std::optional<std::string> pool_of(std::span<const std::string_view> labels);

/// Of a setting, where commas or + stand between labels.
std::optional<std::string> read_pool(std::string_view text);

}  // namespace callboard
