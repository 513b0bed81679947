#include "deploy/embedded/identity.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace callboard::embedded {
namespace {

bool write_file(const char* path, std::string_view text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return written;
}

/// "<inside> <outside> 1" without the allocator, which is not safe behind a fork.
struct MapLine {
  std::array<char, 48> text{};
  std::size_t size = 0;

  void add(unsigned number) {
    std::array<char, 12> digits{};
    std::size_t count = 0;
    do {
      digits.at(count++) = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    while (count > 0) text.at(size++) = digits.at(--count);
    text.at(size++) = ' ';
  }
  MapLine(unsigned inside, unsigned outside) {
    add(inside);
    add(outside);
    text.at(size++) = '1';
  }
  std::string_view view() const { return {text.data(), size}; }
};

bool enter_user_namespace(const Identity& identity) {
  const MapLine uids(identity.uid, geteuid());
  const MapLine gids(identity.gid, getegid());
  return unshare(CLONE_NEWUSER) == 0 && write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", uids.view()) && write_file("/proc/self/gid_map", gids.view());
}

/// A trial in a child: namespaces may be barred in more ways than one.
bool works_here(const Identity& identity) {
  const pid_t child = fork();
  if (child == 0) _exit(take_identity(identity) && geteuid() == identity.uid ? 0 : 1);
  if (child < 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

bool take_identity(const Identity& identity) {
  switch (identity.kind) {
    case Identity::Kind::same: return true;
    case Identity::Kind::user_namespace: return enter_user_namespace(identity);
    case Identity::Kind::other_user:
      // The raw call: the C library's would stop every other thread, and there is none behind a fork.
      return syscall(SYS_setgroups, std::size_t{0}, nullptr) == 0 &&
             syscall(SYS_setresgid, identity.gid, identity.gid, identity.gid) == 0 &&
             syscall(SYS_setresuid, identity.uid, identity.uid, identity.uid) == 0;
  }
  return false;
}

Result<Identity> find_postgres_identity() {
  if (geteuid() != 0) return Identity{};
  // initdb looks its user up by number, so inside the namespace too it must be one that exists.
  const passwd* user =
      getpwnam("postgres");  // NOLINT(concurrency-mt-unsafe): before the stack's thread starts
  if (user == nullptr || user->pw_uid == 0) {
    return fail(
        ErrorCode::unavailable,
        "PostgreSQL refuses to run as root, and there is no user postgres to run it as: install Debian's "
        "postgresql-15, or start as an ordinary user");
  }
  for (const auto kind : {Identity::Kind::user_namespace, Identity::Kind::other_user}) {
    const Identity identity{kind, user->pw_uid, user->pw_gid};
    if (works_here(identity)) return identity;
  }
  return fail(
      ErrorCode::unavailable,
      "PostgreSQL refuses to run as root, and root can neither make a user namespace nor become the user "
      "postgres here: start as an ordinary user");
}

}  // namespace callboard::embedded
