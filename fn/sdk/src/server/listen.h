// Listening sockets. We open them ourselves, for errors that name their cause, addresses as Go spells them, and so that
// one socket can feed one gRPC server after another when certificates change.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"

namespace xfn {

// Fd owns a file descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.Release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();

  int get() const { return fd_; }
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Listen opens a non-blocking listening socket.
//
//   network = "tcp" | "tcp4" | "tcp6"
//   address = [ host ] ":" port
//   host    = IPv4 address | "[" IPv6 address "]" | "localhost"
//
// Without a host it listens on every address of the network; for "tcp" on IPv4 and IPv6, or on IPv4 alone where the
// kernel has no IPv6. "localhost" is 127.0.0.1, or ::1 for "tcp6". Other names are refused: a static program in an
// empty image has nothing to resolve them with. Errors: INVALID_ARGUMENT for a wrong network or address; UNAVAILABLE
// when the kernel refuses it (port in use).
absl::StatusOr<Fd> Listen(std::string_view network, std::string_view address);

// LocalPort and LocalAddress tell where a socket listens: 9443 and "[::]:9443".
int LocalPort(const Fd& socket);
std::string LocalAddress(const Fd& socket);

// AcceptLoop hands each new connection of a listening socket to `accept`, on a thread of its own.
class AcceptLoop {
 public:
  AcceptLoop(Fd socket, std::function<void(Fd)> accept);
  // Stops accepting and closes the socket; `accept` does not run any more afterwards.
  ~AcceptLoop();

 private:
  void Run();

  const Fd socket_;
  const Fd stop_;  // an eventfd
  const std::function<void(Fd)> accept_;
  std::thread thread_;
};

// StartThread starts a thread that takes no signals: they belong to whoever waits for them in main().
std::thread StartThread(std::function<void()> body);

}  // namespace xfn
