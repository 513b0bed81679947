#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/http/server/message.hpp"

/// The page behind an approval link, as HTML. Pure.
namespace callboard::dispatcher {

/// What is asked, of whom.
struct Question {
  std::string workflow;
  std::string run;
  std::string step;     // empty: the run itself
  std::string message;  // or empty
  std::string detail;   // how far it is
  std::string until;
  std::vector<std::string> approvers;  // empty: anybody
};

/// With a form: whoever looks at it has answered nothing yet.
http::Response make_question_page(const Question& question);
/// Nothing but words.
http::Response make_notice_page(int status, std::string_view title, std::string_view text);

/// Text as it stands in HTML, in attributes too.
std::string escape_html(std::string_view text);

}  // namespace callboard::dispatcher
