#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "topics/bus.hpp"
#include "topics/nats/jetstream.hpp"
#include "topics/nats/nats_connection.hpp"

namespace callboard::topics {

/// Publishes jobs to the stream, many at a time, and matches the server's answers. A message is the job's id,
/// a newline, and the job's bytes.
class NatsJobs final : public JobPublisher, private NatsConnection::Watcher {
 public:
  NatsJobs(NatsConnection& connection, JetStream& stream, const Clock& clock);
  ~NatsJobs() override;

  void publish(std::string_view pool, std::string_view id, std::string bytes, Published done) override;
  void probe(const Receipt& receipt, std::string_view id, Probed done) override;

 private:
  struct Publication {
    Published done;
    std::string subject;
    std::string message;         // until it is sent
    std::uint64_t sequence = 0;  // stored, but in which stream is still being asked
    bool sent = false;
  };
  struct Probe {
    Receipt receipt;
    std::string id;
    Probed done;
  };

  void on_connected() override;
  void on_lost() override;

  void send(std::uint64_t number, Publication& publication);
  void on_answer(const NatsMessage& message);
  void on_stored(std::uint64_t number, std::uint64_t sequence);
  void on_stream_missing();
  void on_broken_store();
  void finish(std::uint64_t number, Result<Receipt> receipt);
  void fail_later(std::uint64_t number, ErrorCode code, std::string message);
  void fail_sent(ErrorCode code, const std::string& message);
  void find_identity();
  void on_identity(std::uint64_t identity);
  void arm_timeouts();
  void time_out();
  void ask_probes();
  void answer_probe(Probe probe, std::uint64_t identity);

  NatsConnection& connection_;
  JetStream& stream_;
  const Clock& clock_;
  std::string inbox_;
  std::uint64_t subscription_;
  std::uint64_t identity_ = 0;  // of the stream that answers come from; 0: being asked
  bool finding_ = false;
  Steady broken_since_{};  // nothing was stored since then, because the stream has lost its files
  bool removing_ = false;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Publication> publications_;
  std::deque<std::pair<Steady, std::uint64_t>> deadlines_;
  std::deque<std::uint64_t> held_;  // not sent: the stream is not known to be there
  std::size_t held_bytes_ = 0;
  Loop::TimerId timeouts_ = 0;
  Loop::TimerId retry_ = 0;
  std::vector<Probe> probes_;
  bool probing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // tasks on their way look whether it is gone
};

}  // namespace callboard::topics
