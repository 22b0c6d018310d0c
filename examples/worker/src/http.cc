#include "http.h"

#include <httplib.h>

#include <stdexcept>
#include <thread>

#include "fault.h"
#include "job.h"

namespace worker {
namespace {

constexpr std::size_t kLargestBody = 1 << 20;  // what NATS takes by default
constexpr const char* kJson = "application/json";

void Answer(httplib::Response& response, int status, const Json& body) {
  response.status = status;
  response.set_content(body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", kJson);
}

void Ready(const Queue& queue, const Health& health, bool stop, httplib::Response& response) {
  const bool nats = queue.IsConnected();
  const bool ready = nats && health.consumer && health.postgres && health.dragonfly && !stop;
  Answer(response, ready ? 200 : 503,
         {{"nats", nats},
          {"consumer", health.consumer.load()},
          {"postgres", health.postgres.load()},
          {"dragonfly", health.dragonfly.load()},
          {"draining", stop}});
}

// The message's id is the job's, so a request that is sent again within the stream's duplicate window is stored once.
void Submit(Queue& queue, const Health& health, const httplib::Request& request, httplib::Response& response) {
  try {
    const auto header = [&](const char* name) { return request.get_header_value(name); };
    const CloudEvent event = ParseCloudEvent(header, request.body);
    const Job job = ParseJob(event.data);
    if (!health.consumer) throw Transient("the consumer is not there yet");
    queue.Submit("http/" + job.id, ToStructured(event, job.id, ""));
    Answer(response, 202, {{"job_id", job.id}});
  } catch (const Poison& fault) {
    Answer(response, 400, {{"error", fault.what()}});
  } catch (const Transient& fault) {
    Answer(response, 503, {{"error", fault.what()}});
  }
}

}  // namespace

struct Http::Thread {
  std::jthread thread;
};

Http::Http(int port, Queue& queue, const Health& health, const Metrics& metrics, const std::atomic<bool>& stop)
    : server_(std::make_unique<httplib::Server>()) {
  server_->new_task_queue = [] { return new httplib::ThreadPool(4); };  // the server deletes it
  server_->set_payload_max_length(kLargestBody);
  server_->set_keep_alive_timeout(1);  // so that the end does not wait for idle connections
  server_->Get("/health", [](const auto&, auto& response) { Answer(response, 200, {{"alive", true}}); });
  server_->Get("/ready", [&](const auto&, auto& response) { Ready(queue, health, stop, response); });
  server_->Get("/metrics",
               [&](const auto&, auto& response) { response.set_content(metrics.Text(), "text/plain; version=0.0.4"); });
  server_->Post("/", [&](const auto& request, auto& response) { Submit(queue, health, request, response); });
  port_ = port == 0 ? server_->bind_to_any_port("0.0.0.0") : (server_->bind_to_port("0.0.0.0", port) ? port : -1);
  if (port_ < 0) throw std::runtime_error("cannot listen on port " + std::to_string(port));
  thread_ = std::make_unique<Thread>(Thread{std::jthread([this] { server_->listen_after_bind(); })});
  while (!server_->is_running()) std::this_thread::yield();  // before that, a stop() would be forgotten
}

Http::~Http() { server_->stop(); }

}  // namespace worker
