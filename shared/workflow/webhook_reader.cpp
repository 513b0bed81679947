#include "shared/workflow/webhook_reader.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/workflow/schema_reader.hpp"
#include "shared/workflow/shape.hpp"
#include "shared/workflow/trigger_reader.hpp"

namespace callboard::workflow {
namespace {

using Scheme = WebhookTrigger::Scheme;

const std::string kPath = "on.webhook";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Other variables are not the author's of a workflow to try out.
bool is_secret_name(std::string_view name) {
  const bool has_end = name.ends_with("_SECRET") || name.ends_with("_TOKEN") || name.ends_with("_KEY");
  return has_end && is_upper(name[0]) && !name.starts_with("CALLBOARD_") &&
         std::ranges::all_of(name, [](char c) { return is_upper(c) || is_digit(c) || c == '_'; });
}

bool is_header(std::string_view name) {
  return !name.empty() && name.size() <= limits::kWebhookPathBytes && std::ranges::all_of(name, [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == '_';
  });
}

class WebhookReader {
 public:
  WebhookReader(const Node& node, ExpressionReader& expressions, Problems& problems)
      : node_(node), expressions_(expressions), problems_(problems) {}

  WebhookTrigger read() {
    WebhookTrigger out;
    if (const Node* path = node_.find_text("path")) {
      out.path = path->text;
      out.at = path->at;
      expect(*path, "path", is_webhook_path(path->text),
             "letters, digits, -, _ and ., at most " + std::to_string(limits::kWebhookPathBytes));
    }
    read_scheme(out);
    read_secret(out);
    out.header = read_header("header", out.scheme == Scheme::hmac ? "X-Signature-256" : "Authorization");
    out.prefix = out.scheme == Scheme::hmac ? "sha256=" : "Bearer ";
    // A header of its own holds the bare secret.
    if (out.scheme == Scheme::bearer && node_.find("header") != nullptr) out.prefix.clear();
    if (const Node* prefix = node_.find_text("prefix")) out.prefix = prefix->text;
    out.key_header = read_header("idempotencyHeader", "Idempotency-Key");
    if (const Node* key = node_.find_text("idempotencyKey"))
      out.key = expressions_.text(*key, path_of(kPath, "idempotencyKey"), event_scope("an idempotency key"));
    if (const Node* schema = node_.find("schema")) {
      out.schema = read_schema(*schema, path_of(kPath, "schema"), problems_);
      check_reach(*schema);
    }
    return out;
  }

 private:
  void expect(const Node& node, std::string_view field, bool holds, const std::string& expected) {
    if (!holds)
      problems_.add(node.at, path_of(kPath, field), "found " + describe(node) + ", expected " + expected);
  }

  /// A payload is an object: of another type none would be taken.
  void check_reach(const Node& schema) {
    const auto is_object = [](const Node& type) { return type.is_text() && type.text == "object"; };
    const Node* type = schema.find("type");
    const bool takes_others =
        type != nullptr && !is_object(*type) && std::ranges::none_of(type->children, is_object);
    const bool takes_none = schema.kind == Node::Kind::boolean && !schema.scalar.get_bool();
    if (!takes_others && !takes_none) return;
    const Node& at = takes_none ? schema : *type;
    problems_.add(at.at, path_of(kPath, takes_none ? "schema" : "schema.type"),
                  "found " + describe(at) + ", by which every request is refused: a payload is an object");
  }

  void read_scheme(WebhookTrigger& out) {
    const Node* scheme = node_.find_text("scheme");
    if (scheme == nullptr) return;
    out.scheme = scheme->text == "bearer" ? Scheme::bearer
                 : scheme->text == "none" ? Scheme::none
                                          : Scheme::hmac;
    if (out.scheme != Scheme::none) return;
    for (const std::string_view field : {"secret", "header", "prefix"}) {
      if (const Node* beside = node_.find(field))
        problems_.add(beside->key_at, path_of(kPath, field),
                      "found it beside scheme: none, which has no secret");
    }
  }

  void read_secret(WebhookTrigger& out) {
    const Node* secret = node_.find_text("secret");
    if (secret != nullptr) {
      out.secret = secret->text;
      expect(
          *secret, "secret", is_secret_name(secret->text),
          "the name of a variable of the dispatcher's environment, such as DEPLOYS_SECRET: capital letters, "
          "digits and _, with _SECRET, _TOKEN or _KEY at its end");
    } else if (out.scheme != Scheme::none) {
      problems_.add(node_.at, path_of(kPath, "secret"),
                    "found nothing, expected the name of a variable of the dispatcher's environment, such as "
                    "DEPLOYS_SECRET (or scheme: none, on loopback)");
    }
  }

  std::string read_header(std::string_view field, std::string_view fallback) {
    const Node* header = node_.find_text(field);
    if (header == nullptr) return std::string(fallback);
    expect(*header, field, is_header(header->text), "the name of a header, such as " + std::string(fallback));
    return header->text;
  }

  const Node& node_;
  ExpressionReader& expressions_;
  Problems& problems_;
};

}  // namespace

bool is_webhook_path(std::string_view path) {
  return !path.empty() && path.size() <= limits::kWebhookPathBytes && !path.starts_with('.') &&
         std::ranges::all_of(path, [](char c) {
           return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

WebhookTrigger read_webhook(const Node& node, ExpressionReader& expressions, Problems& problems) {
  return WebhookReader(node, expressions, problems).read();
}

}  // namespace callboard::workflow
