#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "topics/nats/nats_answers.hpp"
#include "topics/nats/nats_connection.hpp"

/// JetStream's API as plain requests and answers ($JS.API.*, nats-io/nats-architecture-and-design, ADR-1 and
/// ADR-13).
namespace callboard::topics {

/// err_codes that somebody acts on.
inline constexpr int kNoMessage = 10037;
inline constexpr int kNoStream = 10059;

/// Requests whose answers come to an inbox of their own. On the loop's thread.
class JetStream final : private NatsConnection::Watcher {
 public:
  explicit JetStream(NatsConnection& connection);
  ~JetStream() override;
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;

  using Answered = std::move_only_function<void(Result<JetStreamAnswer>)>;
  /// `name` stands behind $JS.API. An answer that tells an error is an answer; `unavailable` and `timeout`
  /// are none.
  void ask(const std::string& name, std::string_view body, Answered answered);

  /// Makes the stream of jobs if it is missing; its identity otherwise.
  void make_stream(Answered answered);
  void delete_stream(Answered answered);
  /// Makes the consumer of a pool if it is missing.
  void make_consumer(std::string_view pool, Answered answered);
  void find_stream(Answered answered);
  void find_message(std::uint64_t sequence, Answered answered);

 private:
  void on_connected() override {}
  void on_lost() override { fail_all(); }
  void on_answer(const NatsMessage& message);
  void finish(std::uint64_t number, Result<JetStreamAnswer> answer);
  void fail_all();

  NatsConnection& connection_;
  std::string inbox_;
  std::uint64_t subscription_ = 0;
  struct Question {
    Answered answered;
    Loop::TimerId timer = 0;
  };
  std::map<std::uint64_t, Question> questions_;
  std::uint64_t last_ = 0;
};

/// A pool as one token of subjects and names: letters, digits and dashes stand for themselves.
std::string pool_token(std::string_view pool);
/// The subject of a pool's jobs.
std::string job_subject(std::string_view pool);
/// The request that takes jobs of a pool.
std::string pull_subject(std::string_view pool);
/// Where the server tells that the consumer of a pool was removed, with its stream or alone.
std::string consumer_deleted_subject(std::string_view pool);

}  // namespace callboard::topics
