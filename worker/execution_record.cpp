#include "worker/execution_record.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "shared/base/hash.hpp"

namespace callboard::worker {
namespace {

constexpr char kMagic[9] = "CBEXEC01";
using Halves = std::array<std::uint64_t, 2>;

struct Header {
  char magic[8];
  std::uint64_t capacity;
  std::uint64_t next;
  std::uint64_t zero;
};
static_assert(sizeof(Header) == ExecutionRecord::kHeaderBytes &&
              sizeof(Halves) == ExecutionRecord::kRecordBytes);

Header* header_of(void* map) { return static_cast<Header*>(map); }
Halves* records_of(void* map) {
  return reinterpret_cast<Halves*>(static_cast<char*>(map) + ExecutionRecord::kHeaderBytes);
}

Halves hash_of(const RunId& run, std::string_view step, std::uint32_t attempt, std::uint32_t generation) {
  std::string name(reinterpret_cast<const char*>(run.uuid.bytes.data()), run.uuid.bytes.size());
  name.append(step).push_back('\0');
  name.append(std::to_string(attempt)).push_back('/');
  name.append(std::to_string(generation));
  return {stable_hash(name, 1) | 1, stable_hash(name, 2)};
}

std::unexpected<Error> system_failure(const std::string& path, const char* what) {
  return fail(ErrorCode::unavailable, path + ": " + what + ": " + std::strerror(errno));
}

/// The file's descriptor, closed at the end of the scope: the map outlives it.
struct File {
  int fd;
  ~File() { close(fd); }
};

}  // namespace

Result<std::unique_ptr<ExecutionRecord>> ExecutionRecord::open(const std::string& path,
                                                               std::uint64_t capacity) {
  const File file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (file.fd < 0) return system_failure(path, "can't open");
  if (flock(file.fd, LOCK_EX) != 0) return system_failure(path, "can't lock");
  struct stat status{};
  if (fstat(file.fd, &status) != 0) return system_failure(path, "can't look at");
  const bool is_new = status.st_size == 0;
  const std::size_t bytes =
      is_new ? kHeaderBytes + capacity * kRecordBytes : static_cast<std::size_t>(status.st_size);
  if (bytes < kHeaderBytes) return fail(ErrorCode::invalid, path + ": no execution record");
  if (is_new && ftruncate(file.fd, static_cast<off_t>(bytes)) != 0) return system_failure(path, "can't grow");
  void* map = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
  if (map == MAP_FAILED) return system_failure(path, "can't map");
  std::unique_ptr<ExecutionRecord> record(new ExecutionRecord(map, bytes));
  Header* header = header_of(map);
  if (is_new) {
    header->capacity = capacity;
    std::memcpy(header->magic, kMagic, sizeof header->magic);
  }
  if (std::memcmp(header->magic, kMagic, sizeof header->magic) != 0 ||
      header->capacity > (bytes - kHeaderBytes) / kRecordBytes) {
    return fail(ErrorCode::invalid, path + ": no execution record");
  }
  return record;
}

ExecutionRecord::~ExecutionRecord() { munmap(map_, bytes_); }

void ExecutionRecord::add(const RunId& run, std::string_view step, std::uint32_t attempt,
                          std::uint32_t generation) {
  Header* header = header_of(map_);
  const std::uint64_t place = std::atomic_ref(header->next).fetch_add(1, std::memory_order_relaxed);
  if (place >= header->capacity) return;
  const Halves hash = hash_of(run, step, attempt, generation);
  Halves& record = records_of(map_)[place];
  record[1] = hash[1];
  std::atomic_ref(record[0]).store(hash[0], std::memory_order_release);
}

Result<ExecutionCounts> count_executions(const std::string& path) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return system_failure(path, "can't open");
  Header header{};
  if (pread(file.fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header) ||
      std::memcmp(header.magic, kMagic, sizeof header.magic) != 0) {
    return fail(ErrorCode::invalid, path + ": no execution record");
  }
  std::vector<Halves> records(std::min(header.next, header.capacity));
  const std::size_t bytes = records.size() * sizeof(Halves);
  std::size_t read = 0;
  while (read < bytes) {
    const ssize_t got = pread(file.fd, reinterpret_cast<char*>(records.data()) + read, bytes - read,
                              static_cast<off_t>(ExecutionRecord::kHeaderBytes + read));
    if (got <= 0) return system_failure(path, "can't read");
    read += static_cast<std::size_t>(got);
  }
  std::erase_if(records, [](const Halves& record) { return record[0] == 0; });
  std::ranges::sort(records);
  ExecutionCounts counts;
  counts.executions = records.size();
  counts.dropped = header.next > header.capacity ? header.next - header.capacity : 0;
  records.erase(std::unique(records.begin(), records.end()), records.end());
  counts.repeated = counts.executions - records.size();
  return counts;
}

}  // namespace callboard::worker
