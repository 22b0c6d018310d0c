// Heartbeat: tells the server that a message is being worked on, from construction to destruction.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "queue.h"

namespace worker {

class Heartbeat {
 public:
  Heartbeat(Message& message, std::chrono::milliseconds interval)
      : thread_([this, &message, interval](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, stop, interval, [] { return false; }) && !stop.stop_requested()) {
            message.InProgress();
          }
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace worker
