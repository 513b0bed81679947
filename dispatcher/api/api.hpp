#pragma once

#include <string>

#include "dispatcher/api/context.hpp"
#include "dispatcher/api/guard.hpp"
#include "dispatcher/api/router.hpp"

namespace callboard::dispatcher {

/// Everything that the dispatcher answers over HTTP, webhooks included.
class Api {
 public:
  /// `context` and what it names outlive it.
  explicit Api(Context& context);

  void handle(http::Request request, http::Responder responder);
  const Router& router() const { return router_; }

 private:
  void wait_for_workflows(http::Request request, http::Responder responder, Steady until);
  void answer(http::Request request, http::Responder responder);

  Context& context_;
  Guard guard_;
  Router router_;
};

/// The most that a body of this path may have.
std::size_t body_limit(std::string_view path);

}  // namespace callboard::dispatcher
