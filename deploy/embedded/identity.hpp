#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "shared/base/error.hpp"

namespace callboard::embedded {

/// As whom a child runs. PostgreSQL refuses to run as root; everything else runs as whoever started the
/// stack.
struct Identity {
  enum class Kind : std::uint8_t {
    same,            // as this process
    user_namespace,  // root outside, `uid` inside: its files stay root's
    other_user,      // as `uid`, whose files are its own
  };
  Kind kind = Kind::same;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// As whom PostgreSQL runs here: as this process; for root inside a user namespace; where those are barred,
/// as the user postgres. `unavailable` if root has none of these.
Result<Identity> find_postgres_identity();

/// Takes on the identity. For the child between fork and exec: only async-signal-safe calls. False: refused.
bool take_identity(const Identity& identity);

}  // namespace callboard::embedded
