// What becomes of one message: from CloudEvent to acknowledgement.
#pragma once

#include <atomic>
#include <chrono>

#include "channel.h"
#include "metrics.h"
#include "queue.h"
#include "store.h"

namespace worker {

class Runner {
 public:
  // Keeps references to all but the configuration.
  Runner(const Config& config, Queue& queue, Store& store, Channel& channel, Metrics& metrics,
         const std::atomic<bool>& stop);

  // Handle works on a message until it is settled:
  //   acknowledged  the job is completed and its event is out
  //   terminated    poison, or a fault that outlasted the last delivery; a copy is with the dead letters
  //   given back    a fault that may pass; or the dead letters could not take it
  // If not even that can be told to the server, its wait for an acknowledgement ends and it delivers again.
  void Handle(Message message);

 private:
  void Work(const Message& message);
  void Lock(const std::string& job_id);
  void Run(const Json& data, const std::string& job_id);
  void RunSteps(const Job& job, JobRecord record);
  void Finish(const std::string& job_id, const std::string& status, const Json& result);
  void Announce(const std::string& job_id, const std::string& status, const Json& result, const std::string& time);
  void Acknowledge(Message& message);
  void Bury(Message& message, const std::string& reason, const char* result);
  void GiveBack(Message& message, const std::string& reason);

  Queue& queue_;
  Store& store_;
  Channel& channel_;
  Metrics& metrics_;
  const std::atomic<bool>& stop_;
  Chat chat_;
  std::string source_;
};

// RedeliveryDelay grows with the deliveries so far: 1, 4, 16, then 60 s.
std::chrono::seconds RedeliveryDelay(std::uint64_t deliveries);

}  // namespace worker
