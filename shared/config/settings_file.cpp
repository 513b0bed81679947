#include "shared/config/settings_file.hpp"

#include <yaml.h>

#include <algorithm>
#include <memory>

namespace callboard::config {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} * 1024;
constexpr std::size_t kMostDepth = 8;
constexpr const char* kNoMap = "expected a map of settings, such as `log: {level: debug}`";

struct ParserDeleter {
  void operator()(yaml_parser_t* parser) const {
    yaml_parser_delete(parser);
    delete parser;
  }
};
struct EventDeleter {
  void operator()(yaml_event_t* event) const {
    yaml_event_delete(event);
    delete event;
  }
};
using YamlEvent = std::unique_ptr<yaml_event_t, EventDeleter>;

class Reader {
 public:
  Reader(std::string_view name, std::string_view text) : name_(name), parser_(new yaml_parser_t{}) {
    yaml_parser_initialize(parser_.get());
    yaml_parser_set_input_string(parser_.get(), reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }

  std::expected<std::vector<FileEntry>, Problems> read() {
    next();  // the stream's start
    next();
    if (ok() && event_->type == YAML_DOCUMENT_START_EVENT) read_document();
    if (problems_.empty()) return std::move(entries_);
    return std::unexpected(std::move(problems_));
  }

 private:
  void read_document() {
    next();
    if (ok()) read_node("", 0);
    if (ok()) next();  // the document's end
    if (ok()) next();
    if (ok() && event_->type == YAML_DOCUMENT_START_EVENT) refuse("found a second document, expected one");
  }

  /// Reads the node that begins with the event at hand, to its end.
  void read_node(const std::string& path, std::size_t depth) {
    if (depth > kMostDepth) return refuse("maps are nested deeper than any setting");
    switch (event_->type) {
      case YAML_MAPPING_START_EVENT: return read_map(path, depth);
      case YAML_SEQUENCE_START_EVENT: return read_list(path);
      case YAML_SCALAR_EVENT: return read_scalar(path);
      default: return refuse("found an alias, which settings don't have");
    }
  }

  void read_map(const std::string& path, std::size_t depth) {
    if (event_->data.mapping_start.anchor != nullptr)
      return refuse("found an anchor, which settings don't have");
    std::vector<std::string> keys;
    for (next(); ok() && event_->type != YAML_MAPPING_END_EVENT; next()) {
      const std::string key = event_->type == YAML_SCALAR_EVENT ? scalar() : std::string();
      if (key.empty()) return refuse("expected a key");
      const std::string whole = path.empty() ? key : path + "." + key;
      if (std::ranges::find(keys, key) != keys.end()) return refuse("the key " + whole + " is there twice");
      keys.push_back(key);
      next();
      if (ok()) read_node(whole, depth + 1);
    }
  }

  void read_list(const std::string& path) {
    if (path.empty()) return refuse(kNoMap);
    FileEntry entry{path, "", place()};
    for (next(); ok() && event_->type != YAML_SEQUENCE_END_EVENT; next()) {
      if (event_->type != YAML_SCALAR_EVENT) return refuse("expected a list of texts");
      if (!entry.value.empty()) entry.value += ',';
      entry.value += scalar();
    }
    entries_.push_back(std::move(entry));
  }

  void read_scalar(const std::string& path) {
    if (event_->data.scalar.anchor != nullptr) return refuse("found an anchor, which settings don't have");
    const bool empty_file = path.empty() && scalar().empty();
    if (path.empty() && !empty_file) return refuse(kNoMap);
    if (!empty_file) entries_.push_back({path, scalar(), place()});
  }

  std::string scalar() const {
    const auto& content = event_->data.scalar;
    return {reinterpret_cast<const char*>(content.value), content.length};
  }

  bool ok() const { return problems_.empty(); }

  std::string place() const { return place_of(event_->start_mark.line, event_->start_mark.column); }
  std::string place_of(std::size_t line, std::size_t column) const {
    return name_ + ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1);
  }

  void refuse(std::string message) { problems_.push_back({place(), std::move(message)}); }

  void next() {
    auto event = std::make_unique<yaml_event_t>();
    if (yaml_parser_parse(parser_.get(), event.get()) == 0) {
      const std::string what = parser_->problem == nullptr ? "not YAML" : parser_->problem;
      problems_.push_back(
          {place_of(parser_->problem_mark.line, parser_->problem_mark.column), "not YAML: " + what});
      return;
    }
    event_ = YamlEvent(event.release());
  }

  std::string name_;
  std::unique_ptr<yaml_parser_t, ParserDeleter> parser_;
  YamlEvent event_;
  std::vector<FileEntry> entries_;
  Problems problems_;
};

}  // namespace

std::expected<std::vector<FileEntry>, Problems> parse_settings_file(std::string_view name,
                                                                    std::string_view text) {
  if (text.size() > kMostBytes) {
    return std::unexpected(Problems{{std::string(name), "larger than 64 KiB, which no settings need"}});
  }
  return Reader(name, text).read();
}

}  // namespace callboard::config
