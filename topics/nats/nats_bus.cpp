#include "topics/nats/nats_bus.hpp"

#include <chrono>
#include <utility>

#include "shared/runtime/asio_loop.hpp"
#include "topics/nats/jetstream.hpp"
#include "topics/nats/nats_connection.hpp"
#include "topics/nats/nats_jobs.hpp"
#include "topics/nats/nats_notices.hpp"
#include "topics/nats/nats_source.hpp"

namespace callboard::topics {
namespace {

constexpr Micros kCloseTimeout = std::chrono::seconds(1);

class NatsBus final : public Bus, private BusHealth {
 public:
  NatsBus(runtime::AsioLoop& loop, const Clock& clock, NatsOptions options)
      : clock_(clock), connection_(loop, std::move(options)) {}
  ~NatsBus() override { connection_.loop().cancel(closing_); }

  JobPublisher& jobs() override { return jobs_; }
  Notices& notices() override { return notices_; }
  BusHealth& health() override { return *this; }
  std::unique_ptr<JobSource> make_source(std::string pool) override {
    return std::make_unique<NatsSource>(connection_, stream_, clock_, std::move(pool));
  }

  /// The server's answer to the last thing said tells that it has read all of it; a silent server is not
  /// waited for long.
  void close(Task closed) override {
    closed_ = std::move(closed);
    closing_ = connection_.loop().after(kCloseTimeout, [this] { finish_close(); });
    connection_.flush([this] {
      connection_.loop().cancel(closing_);
      closing_ = connection_.loop().after(Micros(0), [this] { finish_close(); });
    });
  }

 private:
  bool is_connected() const override { return connection_.is_connected(); }

  void finish_close() {
    closing_ = 0;
    connection_.close();
    std::exchange(closed_, nullptr)();
  }

  const Clock& clock_;
  NatsConnection connection_;
  JetStream stream_{connection_};
  NatsJobs jobs_{connection_, stream_, clock_};
  NatsNotices notices_{connection_};
  Loop::TimerId closing_ = 0;
  Task closed_;
};

}  // namespace

std::unique_ptr<Bus> make_nats_bus(runtime::AsioLoop& loop, const Clock& clock, NatsOptions options) {
  return std::make_unique<NatsBus>(loop, clock, std::move(options));
}

}  // namespace callboard::topics
