// The two ways in which a job can go wrong; which of them decides what becomes of its message.
#pragma once

#include <stdexcept>

namespace worker {

// Poison: no repetition can help. The message goes to the dead letters and is terminated.
struct Poison : std::runtime_error {
  using runtime_error::runtime_error;
};

// Transient: something outside is down, busy or slow. The message is delivered again, later.
struct Transient : std::runtime_error {
  using runtime_error::runtime_error;
};

}  // namespace worker
