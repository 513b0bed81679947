#include "deploy/cli/interrupts.hpp"

#include <pthread.h>

#include <ctime>

namespace callboard::cli {

Interrupts::Interrupts() {
  sigemptyset(&held_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&held_, signal);
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

Interrupts::~Interrupts() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool Interrupts::has_come() { return wait(Micros(0)); }

bool Interrupts::wait(Micros most) {
  if (come_) return true;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(most - seconds);
  const timespec limit{seconds.count(), rest.count()};
  come_ = sigtimedwait(&held_, nullptr, &limit) > 0;
  return come_;
}

}  // namespace callboard::cli
