#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"

/// PostgreSQL's binary formats of parameters and results: integers in network order, times in microseconds
/// since 2000, arrays as dimensions and elements with their lengths. Source: the types' send and recv
/// functions.
namespace callboard::log {

/// Object ids of the built-in types used here (pg_type.dat).
enum class PgType : std::uint32_t {
  boolean = 16,
  bytes = 17,
  int8 = 20,
  int2 = 21,
  int4 = 23,
  text = 25,
  time = 1184,
  uuid = 2950
};

std::string to_binary(std::int16_t value);
std::string to_binary(std::int32_t value);
std::string to_binary(std::int64_t value);
std::string to_binary(const Uuid& uuid);
std::string to_binary(Time at);

std::int16_t read_int2(const char* bytes);
std::int32_t read_int4(const char* bytes);
std::int64_t read_int8(const char* bytes);
Uuid read_uuid(const char* bytes);
Time read_time(const char* bytes);

/// A one-dimensional array parameter, element by element into one buffer.
class ArrayWriter {
 public:
  /// `count` elements follow; `bytes` is what they are about to take.
  ArrayWriter(PgType element, std::size_t count, std::size_t bytes);

  void add(std::string_view bytes);
  void add(std::int16_t value);
  void add(std::int32_t value);
  void add(std::int64_t value);
  void add(const Uuid& uuid);
  void add_null();

  std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace callboard::log
