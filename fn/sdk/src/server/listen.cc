#include "listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include "fmt/format.h"
#include "log.h"

namespace xfn {
namespace {

// How long a pod may be without free descriptors before the next try.
constexpr int kAcceptRetryMilliseconds = 100;

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
  bool v6_only = false;
  int family() const { return storage.ss_family; }
};

SocketAddress V4(in_addr host, uint16_t port) {
  const sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = host, .sin_zero = {}};
  SocketAddress address;
  std::memcpy(&address.storage, &in, sizeof in);
  address.size = sizeof in;
  return address;
}

SocketAddress V6(in6_addr host, uint16_t port, bool v6_only) {
  sockaddr_in6 in = {};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  in.sin6_addr = host;
  SocketAddress address;
  std::memcpy(&address.storage, &in, sizeof in);
  address.size = sizeof in;
  address.v6_only = v6_only;
  return address;
}

// Resolve gives the address of `host`, which is not empty.
std::optional<SocketAddress> Resolve(std::string_view network, std::string host, uint16_t port) {
  if (host == "localhost") host = network == "tcp6" ? "[::1]" : "127.0.0.1";
  in_addr v4;
  if (network != "tcp6" && inet_pton(AF_INET, host.c_str(), &v4) == 1) return V4(v4, port);
  if (network == "tcp4" || host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
  in6_addr v6;
  if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) != 1) return std::nullopt;
  return V6(v6, port, network == "tcp6");
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// Open returns the socket, or sets `error` to the errno of what failed.
Fd Open(const SocketAddress& address, int& error) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  const int v6_only = address.v6_only;
  const bool v6 = address.family() == AF_INET6;
  // SO_REUSEADDR, not SO_REUSEPORT: a restart may listen again at once, but two servers may not share a port.
  const bool open = fd.get() >= 0 && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                    (!v6 || ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0) &&
                    ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 &&
                    ::listen(fd.get(), SOMAXCONN) == 0;
  error = open ? 0 : errno;
  return fd;
}

Fd OpenAny(std::string_view network, uint16_t port, int& error) {
  if (network == "tcp4") return Open(V4({INADDR_ANY}, port), error);
  Fd v6 = Open(V6(in6addr_any, port, network == "tcp6"), error);
  const bool no_v6 = error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
  if (!no_v6 || network == "tcp6") return v6;
  return Open(V4({INADDR_ANY}, port), error);
}

sockaddr_storage LocalName(const Fd& socket) {
  sockaddr_storage name = {};
  socklen_t size = sizeof name;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
  return name;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  Fd old(std::exchange(fd_, other.Release()));
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

absl::StatusOr<Fd> Listen(std::string_view network, std::string_view address) {
  const auto wrong = [&](std::string_view why) {
    return absl::InvalidArgumentError(fmt::format("cannot listen on \"{}\": {}", address, why));
  };
  if (network != "tcp" && network != "tcp4" && network != "tcp6") {
    return absl::InvalidArgumentError(
        fmt::format("cannot listen on network \"{}\": it must be tcp, tcp4 or tcp6", network));
  }
  const size_t colon = address.rfind(':');
  const std::optional<uint16_t> port =
      colon == std::string_view::npos ? std::nullopt : ParsePort(address.substr(colon + 1));
  if (!port) {
    return wrong("it must be host:port with a port from 0 to 65535");
  }
  const std::string host(address.substr(0, colon));
  const auto resolved = host.empty() ? SocketAddress() : Resolve(network, host, *port);
  if (!resolved) return wrong(fmt::format("the host must be localhost or an IP address of network {}", network));
  int error = 0;
  Fd socket = host.empty() ? OpenAny(network, *port, error) : Open(*resolved, error);
  if (error == 0) return socket;
  return absl::UnavailableError(
      fmt::format("cannot listen on \"{}\": {}", address, std::generic_category().message(error)));
}

int LocalPort(const Fd& socket) {
  const sockaddr_storage name = LocalName(socket);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
}

std::string LocalAddress(const Fd& socket) {
  const sockaddr_storage name = LocalName(socket);
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (name.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&name)->sin6_addr, text.data(), text.size());
    return fmt::format("[{}]:{}", text.data(), LocalPort(socket));
  }
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&name)->sin_addr, text.data(), text.size());
  return fmt::format("{}:{}", text.data(), LocalPort(socket));
}

AcceptLoop::AcceptLoop(Fd socket, std::function<void(Fd)> accept)
    : socket_(std::move(socket)), stop_(::eventfd(0, EFD_CLOEXEC)), accept_(std::move(accept)) {
  thread_ = StartThread([this] { Run(); });
}

AcceptLoop::~AcceptLoop() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void AcceptLoop::Run() {
  std::array<pollfd, 2> fds = {{{stop_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}}};
  while (true) {
    ::poll(fds.data(), fds.size(), -1);
    if (fds[0].revents != 0) return;
    Fd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.get() >= 0) {
      const int on = 1;
      ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      accept_(std::move(connection));
      continue;
    }
    // Out of descriptors: wait a little instead of spinning, unless told to stop. All other errors are the peer's.
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log::Error("cannot accept a connection", {{"error", std::generic_category().message(errno)}});
      ::poll(fds.data(), 1, kAcceptRetryMilliseconds);
    }
  }
}

std::thread StartThread(std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // a new thread inherits the mask
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace xfn
