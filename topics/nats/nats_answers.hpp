#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/error.hpp"
#include "shared/base/time.hpp"

/// What a NATS server says, read from its bytes. Pure.
namespace callboard::topics {

/// What an ack reply subject tells:
/// $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<stored, ns>.<pending>, since 2.9
/// perhaps with <domain>.<account> in front of the stream and a random token at the end (ADR-15).
struct Delivered {
  std::uint32_t deliveries = 1;
  Time stored{};
};

/// Nothing if it is none.
std::optional<Delivered> read_ack_subject(std::string_view subject);

/// What an API answer says. Fields that the answer lacks keep their defaults.
struct JetStreamAnswer {
  int error = 0;            // JetStream's err_code, or the code where it gives none; 0: none
  std::string description;  // of the error
  std::string created;      // of a stream: RFC 3339, tells it from one made anew
  std::string data;         // of a stored message: base64
};

/// `internal` if it is none.
Result<JetStreamAnswer> read_jetstream_answer(std::string_view bytes);

/// The sequence number under which a published message was stored; nothing in a refusal.
std::optional<std::uint64_t> read_stored_sequence(std::string_view answer);

/// A refusal because the stream's files are not there any more: nothing is stored in it again, though it
/// exists. Seen where a stream was deleted and made anew while the server was still removing the old one's
/// folder.
bool is_store_broken(std::string_view answer);

/// The first `size` bytes of a base64 text, or fewer.
std::string base64_begin(std::string_view text, std::size_t size);

}  // namespace callboard::topics
