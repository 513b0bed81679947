#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

Readers::Readers(Loop& loop, std::string url, std::size_t threads, std::size_t queue)
    : loop_(loop), url_(std::move(url)), pool_(threads, queue) {}

Readers::~Readers() { alive_.reset(); }

Session Readers::take_session() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return Session(url_);
  Session session = std::move(idle_.back());
  idle_.pop_back();
  return session;
}

void Readers::give_back(Session session) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(session));
}

}  // namespace callboard::log
