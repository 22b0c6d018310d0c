// Process: a program that a test starts and watches, as a user or a kubelet would.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "listen.h"

namespace xfn::test {

class Process {
 public:
  // Starts argv[0] with standard error in a pipe, and `environment` on top of an empty one.
  explicit Process(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {});
  // Kills it if it still runs.
  ~Process();

  // ReadLine returns the next line of standard error, or "" when there will be none.
  std::string ReadLine();
  // ReadUntil reads lines up to the first that holds `text`, and returns it.
  std::string ReadUntil(const std::string& text);
  void Signal(int number) const;
  // Wait returns the exit code, or -1 when a signal ended it, and what was left on standard error in `rest`.
  int Wait(std::string* rest = nullptr);

 private:
  pid_t pid_ = -1;
  Fd error_;
  std::string buffer_;
};

}  // namespace xfn::test
