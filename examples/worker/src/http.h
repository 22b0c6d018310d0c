// The HTTP side: probes, metrics, and jobs by POST.
#pragma once

#include <atomic>
#include <memory>

#include "metrics.h"
#include "queue.h"

namespace httplib {
class Server;
}

namespace worker {

// What a job needs, as the last look found it. Written by the work loop, read by the probe.
struct Health {
  std::atomic<bool> consumer = false;
  std::atomic<bool> postgres = false;
  std::atomic<bool> dragonfly = false;
};

class Http {
 public:
  // Listens on all addresses; `port` 0 is any free one. Throws std::runtime_error when it cannot. Keeps the references.
  //
  //   GET  /health   200: the process is alive
  //   GET  /ready    200: NATS with the consumer, PostgreSQL and Dragonfly answer and no end was asked for; else 503
  //   GET  /metrics  Prometheus
  //   POST /         202: a CloudEvent with a job, checked and stored on the stream. So there is one way to run a job,
  //                  and a job that was accepted is as safe as one from NATS
  Http(int port, Queue& queue, const Health& health, const Metrics& metrics, const std::atomic<bool>& stop);
  // Stops listening and waits for the requests in hand.
  ~Http();

  int port() const { return port_; }

 private:
  struct Thread;

  std::unique_ptr<httplib::Server> server_;
  std::unique_ptr<Thread> thread_;
  int port_ = 0;
};

}  // namespace worker
