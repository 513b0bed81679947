#include "dispatcher/api/approval_page.hpp"

#include "shared/base/text.hpp"

namespace callboard::dispatcher {
namespace {

/// No script, no style, nothing of others; forms go to this page alone, and the address goes to nobody.
http::Response make_page(int status, std::string_view title, const std::string& body) {
  http::Response response{
      .status = status,
      .content_type = "text/html; charset=utf-8",
      .body =
          "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width\"><title>" +
          escape_html(title) + "</title></head><body>\n<h1>" + escape_html(title) + "</h1>\n" + body +
          "</body></html>\n",
      .headers = {}};
  response.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

std::string row(std::string_view name, std::string_view text) {
  if (text.empty()) return {};
  return "<dt>" + std::string(name) + "</dt><dd>" + escape_html(text) + "</dd>\n";
}

std::string name_field(const std::vector<std::string>& approvers) {
  if (approvers.empty())
    return "<p><label>Your name <input name=\"by\" required maxlength=\"100\"></label></p>\n";
  std::string out = "<p><label>You are <select name=\"by\" required><option value=\"\">…</option>";
  for (const std::string& name : approvers) out += "<option>" + escape_html(name) + "</option>";
  return out + "</select></label></p>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

http::Response make_question_page(const Question& question) {
  std::string body = "<dl>\n" + row("Workflow", question.workflow) + row("Run", question.run) +
                     row("Step", question.step) + row("What is asked", question.message) +
                     row("So far", question.detail) + row("Until", question.until) + "</dl>\n";
  body += "<form method=\"post\">\n" + name_field(question.approvers) +
          "<p><label>Why (need not be said) <input name=\"comment\" maxlength=\"1000\"></label></p>\n"
          "<p><button name=\"answer\" value=\"approve\">Approve</button>\n"
          "<button name=\"answer\" value=\"reject\">Reject</button></p>\n</form>\n";
  return make_page(200, question.step.empty() ? "May this run begin?" : "An approval is asked for", body);
}

http::Response make_notice_page(int status, std::string_view title, std::string_view text) {
  return make_page(status, title, "<p>" + escape_html(text) + "</p>\n");
}

}  // namespace callboard::dispatcher
