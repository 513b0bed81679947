// A dispatcher that answers 200 to everything, or a worker that waits, by the name under which it is started.
// With CALLBOARD_WORKFLOWS=/broken a dispatcher complains and ends.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

int serve(std::uint16_t port) {
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(server, 8) != 0)
    return 1;
  while (true) {
    const int client = accept(server, nullptr, nullptr);
    std::array<char, 1024> request{};
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    if (read(client, request.data(), request.size()) > 0 && write(client, kAnswer.data(), kAnswer.size()) < 0)
      return 1;
    close(client);
  }
}

}  // namespace

int main(int, char** argv) {
  if (std::string_view(argv[0]).ends_with("callboard-worker")) {
    while (true) pause();
  }
  const char* workflows = std::getenv("CALLBOARD_WORKFLOWS");
  if (workflows != nullptr && std::string_view(workflows) == "/broken") {
    std::fputs("no workflows in /broken\n", stderr);
    return 3;
  }
  const std::string listen_address = std::getenv("CALLBOARD_LISTEN");
  return serve(static_cast<std::uint16_t>(std::atoi(listen_address.c_str() + listen_address.rfind(':') + 1)));
}
