#include "admin.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <sys/eventfd.h>

#include <string_view>
#include <tuple>
#include <utility>

#include "free_with.h"

namespace xfn {
namespace {

constexpr int kTimeoutSeconds = 10;
constexpr int kMaxHeaderBytes = 8 * 1024;

void Reply(evhttp_request* request, int code, const char* content_type, std::string_view body) {
  evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", content_type);
  evbuffer* buffer = evbuffer_new();
  evbuffer_add(buffer, body.data(), body.size());
  evhttp_send_reply(request, code, nullptr, buffer);
  evbuffer_free(buffer);
}

class EventAdminServer final : public AdminServer {
 public:
  explicit EventAdminServer(Pages pages) : pages_(std::move(pages)), stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  ~EventAdminServer() override {
    ::eventfd_write(stop_.get(), 1);
    if (thread_.joinable()) thread_.join();
  }

  bool Serve(Fd socket) {
    base_.reset(event_base_new());
    if (base_ == nullptr) return false;
    http_.reset(evhttp_new(base_.get()));
    stopped_.reset(event_new(base_.get(), stop_.get(), EV_READ, &OnStop, base_.get()));
    if (http_ == nullptr || stopped_ == nullptr || event_add(stopped_.get(), nullptr) != 0) return false;
    if (evhttp_accept_socket(http_.get(), socket.get()) != 0) return false;
    std::ignore = socket.Release();  // evhttp closes it
    evhttp_set_allowed_methods(http_.get(), EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_timeout(http_.get(), kTimeoutSeconds);
    evhttp_set_max_headers_size(http_.get(), kMaxHeaderBytes);
    evhttp_set_max_body_size(http_.get(), 0);
    evhttp_set_cb(http_.get(), "/metrics", &OnMetrics, this);
    evhttp_set_cb(http_.get(), "/healthz", &OnHealthz, this);
    evhttp_set_cb(http_.get(), "/readyz", &OnReadyz, this);
    thread_ = StartThread([base = base_.get()] { event_base_dispatch(base); });
    return true;
  }

 private:
  static void OnStop(evutil_socket_t, short, void* base) { event_base_loopbreak(static_cast<event_base*>(base)); }

  static void OnMetrics(evhttp_request* request, void* self) {
    Reply(request, HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
          static_cast<EventAdminServer*>(self)->pages_.metrics());
  }

  static void OnHealthz(evhttp_request* request, void*) { Reply(request, HTTP_OK, "text/plain", "ok\n"); }

  static void OnReadyz(evhttp_request* request, void* self) {
    const bool ready = static_cast<EventAdminServer*>(self)->pages_.ready();
    Reply(request, ready ? HTTP_OK : HTTP_SERVUNAVAIL, "text/plain", ready ? "ok\n" : "draining\n");
  }

  const Pages pages_;
  const Fd stop_;
  std::unique_ptr<event_base, FreeWith<event_base_free>> base_;
  std::unique_ptr<evhttp, FreeWith<evhttp_free>> http_;
  std::unique_ptr<event, FreeWith<event_free>> stopped_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(Fd socket, Pages pages) {
  auto server = std::make_unique<EventAdminServer>(std::move(pages));
  if (!server->Serve(std::move(socket))) return absl::InternalError("cannot start the HTTP server: out of memory");
  return server;
}

}  // namespace xfn
