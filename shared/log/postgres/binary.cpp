#include "shared/log/postgres/binary.hpp"

#include <bit>
#include <concepts>
#include <cstring>
#include <limits>

namespace callboard::log {
namespace {

constexpr Time kEpoch = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
constexpr std::size_t kArrayHeader = 20;

template <std::integral T>
T swapped(T value) {
  return std::endian::native == std::endian::little ? std::byteswap(value) : value;
}

template <std::integral T>
void put(std::string& out, T value) {
  const T wire = swapped(value);
  out.append(reinterpret_cast<const char*>(&wire), sizeof wire);
}

template <std::integral T>
std::string packed(T value) {
  std::string out;
  put(out, value);
  return out;
}

template <std::integral T>
T unpacked(const char* bytes) {
  T wire;
  std::memcpy(&wire, bytes, sizeof wire);
  return swapped(wire);
}

template <std::integral T>
void put_element(std::string& out, T value) {
  put(out, static_cast<std::int32_t>(sizeof value));
  put(out, value);
}

std::string_view view(const Uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()};
}

}  // namespace

std::string to_binary(std::int16_t value) { return packed(value); }
std::string to_binary(std::int32_t value) { return packed(value); }
std::string to_binary(std::int64_t value) { return packed(value); }
std::string to_binary(const Uuid& uuid) { return std::string(view(uuid)); }
std::string to_binary(Time at) { return packed(static_cast<std::int64_t>((at - kEpoch).count())); }

std::int16_t read_int2(const char* bytes) { return unpacked<std::int16_t>(bytes); }
std::int32_t read_int4(const char* bytes) { return unpacked<std::int32_t>(bytes); }
std::int64_t read_int8(const char* bytes) { return unpacked<std::int64_t>(bytes); }
Time read_time(const char* bytes) { return kEpoch + Micros(read_int8(bytes)); }

Uuid read_uuid(const char* bytes) {
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), bytes, uuid.bytes.size());
  return uuid;
}

ArrayWriter::ArrayWriter(PgType element, std::size_t count, std::size_t bytes) {
  out_.reserve(kArrayHeader + count * sizeof(std::int32_t) + bytes);
  put(out_, static_cast<std::int32_t>(count > 0 ? 1 : 0));  // dimensions
  put(out_, std::int32_t{1});                               // there may be nulls
  put(out_, static_cast<std::int32_t>(element));
  if (count == 0) return;
  put(out_, static_cast<std::int32_t>(count));
  put(out_, std::int32_t{1});  // the first index
}

void ArrayWriter::add(std::string_view bytes) {
  put(out_, static_cast<std::int32_t>(bytes.size()));
  out_ += bytes;
}
void ArrayWriter::add(std::int16_t value) { put_element(out_, value); }
void ArrayWriter::add(std::int32_t value) { put_element(out_, value); }
void ArrayWriter::add(std::int64_t value) { put_element(out_, value); }
void ArrayWriter::add(const Uuid& uuid) { add(view(uuid)); }
void ArrayWriter::add_null() { put(out_, std::int32_t{-1}); }

}  // namespace callboard::log
