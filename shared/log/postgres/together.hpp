#pragma once

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "shared/log/postgres/readers.hpp"

namespace callboard::log {

/// Questions of one kind, asked together: a lone one goes at once, those that come while two are under way
/// share the next, so that what asks for thousands of things at the same time asks a few questions. On the
/// loop.
template <typename Wish, typename Answer>
class Together {
 public:
  /// On a reader's thread; an answer for each wish, in their order.
  using Ask = Result<std::vector<Answer>> (*)(Session&, const std::vector<Wish>&);

  Together(Readers& readers, std::size_t most, Ask ask) : readers_(readers), most_(most), ask_(ask) {}

  void want(Wish wish, Done<Answer> done) {
    wishes_.push_back(std::move(wish));
    waiting_.push_back(std::move(done));
    next();
  }

 private:
  using Waiting = std::vector<Done<Answer>>;
  static constexpr std::size_t kUnderWay = 2;

  template <typename T>
  static std::vector<T> take(std::deque<T>& from, std::size_t count) {
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<T> taken(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
    from.erase(from.begin(), end);
    return taken;
  }

  void next() {
    while (!wishes_.empty() && under_way_ < kUnderWay) {
      ++under_way_;
      const std::size_t count = std::min(wishes_.size(), most_);
      readers_.run<std::vector<Answer>>(
          [ask = ask_, wishes = take(wishes_, count)](Session& session) { return ask(session, wishes); },
          [this, alive = std::weak_ptr(alive_),
           waiting = take(waiting_, count)](Result<std::vector<Answer>> answers) mutable {
            if (!alive.expired()) answer(std::move(waiting), std::move(answers));
          });
    }
  }

  void answer(Waiting waiting, Result<std::vector<Answer>> answers) {
    --under_way_;
    next();
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      waiting[i](answers ? Result<Answer>(std::move((*answers)[i])) : std::unexpected(answers.error()));
    }
  }

  Readers& readers_;
  std::size_t most_;
  Ask ask_;
  std::deque<Wish> wishes_;
  std::deque<Done<Answer>> waiting_;
  std::size_t under_way_ = 0;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // answers on their way look whether it is gone
};

}  // namespace callboard::log
