// The JetStream side: a durable pull consumer that somebody else made, and events that go out.
#pragma once

#include <nats/nats.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "config.h"

namespace worker {

template <auto kDestroy>
struct Destroyer {
  template <typename T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};
template <typename T, auto kDestroy>
using Handle = std::unique_ptr<T, Destroyer<kDestroy>>;

using MessageHandle = Handle<natsMsg, natsMsg_Destroy>;

// Message: one delivery. It has one end: Ack (which waits until the server has it), Nak or Term; they throw Transient.
class Message {
 public:
  Message(natsMsg* message, std::int64_t max_deliver);

  std::string Body() const;
  std::string Header(const char* name) const;
  std::string Subject() const { return natsMsg_GetSubject(message_.get()); }
  std::uint64_t Sequence() const { return sequence_; }
  std::uint64_t Deliveries() const { return deliveries_; }
  bool IsLastDelivery() const { return max_deliver_ > 0 && static_cast<std::int64_t>(deliveries_) >= max_deliver_; }

  void Ack();
  void Nak(std::chrono::milliseconds delay);
  void Term();
  // InProgress restarts the server's wait for an acknowledgement. Any thread, but not during the others.
  void InProgress() noexcept { natsMsg_InProgress(message_.get(), nullptr); }

  // CopyTo returns a message for another subject with this one's body and headers, but for those that steer the server.
  MessageHandle CopyTo(const std::string& subject) const;

 private:
  MessageHandle message_;
  std::int64_t max_deliver_;
  std::uint64_t sequence_ = 0;
  std::uint64_t deliveries_ = 1;
};

class Queue {
 public:
  // Connects in the background, for ever.
  explicit Queue(const Config& config);
  ~Queue();

  // Check throws Transient unless the server answers and has the stream and the consumer; binds to it the first time.
  void Check();
  // Fetch waits up to `timeout` for one message. REQUIRES: Check has passed.
  std::optional<Message> Fetch(std::chrono::milliseconds timeout);

  // Submit stores a CloudEvent on the consumer's subject. Throws Transient. Any thread, once Check has passed.
  void Submit(const std::string& id, const std::string& event);
  // Announce publishes an event: stored when a stream takes its subject, sent to who listens otherwise. Throws
  // Transient.
  void Announce(const std::string& subject, const std::string& id, const std::string& event);
  // Bury stores the whole message on agent.dead.<stream>, with the reason. Throws Transient, also when no stream takes
  // it.
  void Bury(const Message& message, const std::string& reason);

  // How often a message in work must give a sign of life, so that it is not delivered to somebody else.
  std::chrono::milliseconds Heartbeat() const { return heartbeat_; }
  // IsConnected: any thread.
  bool IsConnected() const { return natsConnection_Status(connection_.get()) == NATS_CONN_STATUS_CONNECTED; }

 private:
  void Bind(const jsConsumerInfo& info);
  bool HasStream(const std::string& subject);
  void Store(natsMsg* message, const std::string& id);

  std::string stream_;
  std::string consumer_;
  Handle<natsConnection, natsConnection_Destroy> connection_;
  Handle<jsCtx, jsCtx_Destroy> jetstream_;
  Handle<natsSubscription, natsSubscription_Destroy> subscription_;
  std::string submit_subject_;
  std::chrono::milliseconds heartbeat_{0};
  std::int64_t max_deliver_ = -1;
};

// SubmitSubject is one that the consumer's filter takes: its wildcards replaced.
std::string SubmitSubject(const std::string& filter, const std::string& stream);

}  // namespace worker
