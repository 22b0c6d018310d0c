// Progress of a job on the Redis channel langgraph:stream:{job_id} (Dragonfly speaks the same protocol). Who subscribes
// sees one event per step, then the end event. Not for several threads at once.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>

#include "cloud_event.h"
#include "config.h"

namespace worker {

class Channel {
 public:
  explicit Channel(const Config& config);

  // Check connects when necessary and asks for a sign of life. Throws Transient.
  void Check();
  // Publish connects anew once when the connection was lost meanwhile. Throws Transient.
  void Publish(const std::string& job_id, const Json& event);

 private:
  void Connect();
  void Command(std::initializer_list<std::string> words);

  std::string host_;
  int port_;
  std::string password_;
  std::unique_ptr<redisContext, decltype(&redisFree)> connection_{nullptr, redisFree};
};

}  // namespace worker
