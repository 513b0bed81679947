#include "shared/workflow/item_list.hpp"

#include "shared/base/limits.hpp"

namespace callboard::workflow {
namespace {

void check(const Node& list, const std::string& json, const Path& path, Problems& problems) {
  if (list.children.size() > limits::kItems) {
    problems.add(list.at, path,
                 "found " + std::to_string(list.children.size()) + " items, expected at most " +
                     std::to_string(limits::kItems));
  }
  if (!json.contains("${")) return;
  problems.add(list.at, path,
               "found an expression among the items, expected one expression that gives the list: "
               "\"${ fromJSON(format('[…]', …)) }\"");
}

Node list_of(const Node& items) {
  if (items.is_list()) return items;
  if (items.is_map()) return entries_of(items);
  Node none;
  none.kind = Node::Kind::list;
  return none;
}

}  // namespace

expression::Expression read_written_items(const Node& items, const Path& path, Problems& problems) {
  const Node list = list_of(items);
  std::string json = write_canonical(list);
  check(list, json, path, problems);
  return expression::make_constant(to_value(list), std::move(json));
}

}  // namespace callboard::workflow
