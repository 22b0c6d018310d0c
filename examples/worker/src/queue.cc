#include "queue.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "fault.h"

namespace worker {
namespace {

constexpr const char* kAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::int64_t kAnswerMilliseconds = 5000;

void Must(natsStatus status, const std::string& what, jsErrCode code = static_cast<jsErrCode>(0)) {
  if (status == NATS_OK) return;
  throw Transient("cannot " + what + ": " + natsStatus_GetText(status) +
                  (code != 0 ? " (JetStream error " + std::to_string(static_cast<int>(code)) + ")" : ""));
}

MessageHandle NewMessage(const std::string& subject, const std::string& body) {
  natsMsg* message = nullptr;
  Must(natsMsg_Create(&message, subject.c_str(), nullptr, body.data(), static_cast<int>(body.size())),
       "make a message");
  return MessageHandle(message);
}

void Set(natsMsg* message, const char* name, std::string value) {
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  Must(natsMsgHeader_Set(message, name, value.c_str()), "set a header");
}

// `urls` are separated by commas.
void SetServers(natsOptions* options, const std::string& urls) {
  std::vector<std::string> list;
  std::istringstream stream(urls);
  for (std::string url; std::getline(stream, url, ',');) list.push_back(url);
  std::vector<const char*> pointers;
  for (const std::string& url : list) pointers.push_back(url.c_str());
  Must(natsOptions_SetServers(options, pointers.data(), static_cast<int>(pointers.size())), "understand NATS_URL");
  if (!urls.starts_with("tls://")) return;
  Must(natsOptions_SetSecure(options, true), "use TLS");
  Must(natsOptions_LoadCATrustedCertificates(options, kAuthorities), "read the certificate authorities");
}

// The shortest time after which the server may deliver a message again.
std::int64_t ShortestAckWait(const jsConsumerConfig& config) {
  std::int64_t wait = config.AckWait;
  for (int i = 0; i < config.BackOffLen; ++i) wait = std::min(wait, config.BackOff[i]);
  return wait;
}

}  // namespace

Message::Message(natsMsg* message, std::int64_t max_deliver) : message_(message), max_deliver_(max_deliver) {
  jsMsgMetaData* raw = nullptr;
  Must(natsMsg_GetMetaData(&raw, message), "read a message's delivery");
  const Handle<jsMsgMetaData, jsMsgMetaData_Destroy> delivery(raw);
  sequence_ = delivery->Sequence.Stream;
  deliveries_ = delivery->NumDelivered;
}

std::string Message::Body() const {
  return {natsMsg_GetData(message_.get()), static_cast<std::size_t>(natsMsg_GetDataLength(message_.get()))};
}

std::string Message::Header(const char* name) const {
  const char* value = nullptr;
  return natsMsgHeader_Get(message_.get(), name, &value) == NATS_OK ? value : "";
}

MessageHandle Message::CopyTo(const std::string& subject) const {
  MessageHandle copy = NewMessage(subject, Body());
  const char** names = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(message_.get(), &names, &count) != NATS_OK) return copy;  // it has none
  const std::unique_ptr<const char*, decltype(&std::free)> list(names, std::free);
  for (int i = 0; i < count; ++i) {
    if (!std::string_view(names[i]).starts_with("Nats-")) Set(copy.get(), names[i], Header(names[i]));
  }
  return copy;
}

void Message::Ack() {
  jsErrCode code{};
  Must(natsMsg_AckSync(message_.get(), nullptr, &code), "acknowledge", code);
}
void Message::Nak(std::chrono::milliseconds delay) {
  Must(natsMsg_NakWithDelay(message_.get(), delay.count(), nullptr), "give a message back");
}
void Message::Term() { Must(natsMsg_Term(message_.get(), nullptr), "terminate a message"); }

Queue::Queue(const Config& config) : stream_(config.stream), consumer_(config.consumer) {
  natsOptions* raw = nullptr;
  Must(natsOptions_Create(&raw), "make options");
  const Handle<natsOptions, natsOptions_Destroy> options(raw);
  SetServers(raw, config.nats_url);
  natsOptions_SetName(raw, consumer_.c_str());
  natsOptions_SetRetryOnFailedConnect(
      raw, true, [](natsConnection*, void*) {}, nullptr);
  natsOptions_SetMaxReconnect(raw, -1);
  natsOptions_SetReconnectWait(raw, 500);
  natsOptions_SetPingInterval(raw, 10000);
  natsOptions_SetFailRequestsOnDisconnect(raw, true);
  natsConnection* connection = nullptr;
  const natsStatus status = natsConnection_Connect(&connection, raw);
  connection_.reset(connection);
  if (status != NATS_NOT_YET_CONNECTED) Must(status, "connect to NATS");
  jsOptions js;
  jsOptions_Init(&js);
  js.Wait = kAnswerMilliseconds;
  jsCtx* jetstream = nullptr;
  Must(natsConnection_JetStream(&jetstream, connection, &js), "use JetStream");
  jetstream_.reset(jetstream);
}

// What was given back or terminated last must still reach the server.
Queue::~Queue() { natsConnection_FlushTimeout(connection_.get(), kAnswerMilliseconds); }

void Queue::Check() {
  if (!IsConnected()) throw Transient("cannot reach NATS: not connected");
  jsConsumerInfo* raw = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_GetConsumerInfo(&raw, jetstream_.get(), stream_.c_str(), consumer_.c_str(), nullptr, &code);
  Must(status, "find consumer " + consumer_ + " of stream " + stream_, code);
  const Handle<jsConsumerInfo, jsConsumerInfo_Destroy> info(raw);
  Bind(*info);
}

void Queue::Bind(const jsConsumerInfo& info) {
  const char* filter = info.Config->FilterSubject == nullptr ? "" : info.Config->FilterSubject;
  heartbeat_ = std::chrono::milliseconds(std::max<std::int64_t>(ShortestAckWait(*info.Config) / 3'000'000, 10));
  max_deliver_ = info.Config->MaxDeliver;
  if (subscription_) return;
  submit_subject_ = SubmitSubject(filter, stream_);
  jsSubOptions bind;
  jsSubOptions_Init(&bind);
  bind.Stream = stream_.c_str();
  bind.Consumer = consumer_.c_str();
  natsSubscription* subscription = nullptr;
  jsErrCode code{};
  Must(js_PullSubscribe(&subscription, jetstream_.get(), filter, consumer_.c_str(), nullptr, &bind, &code),
       "use consumer " + consumer_, code);
  subscription_.reset(subscription);
}

std::optional<Message> Queue::Fetch(std::chrono::milliseconds timeout) {
  natsMsgList list{};
  jsErrCode code{};
  const natsStatus status = natsSubscription_Fetch(&list, subscription_.get(), 1, timeout.count(), &code);
  if (status == NATS_TIMEOUT) return std::nullopt;
  Must(status, "fetch", code);
  natsMsg* const message = list.Msgs[0];
  list.Msgs[0] = nullptr;
  natsMsgList_Destroy(&list);
  return Message(message, max_deliver_);
}

void Queue::Submit(const std::string& id, const std::string& event) {
  Store(NewMessage(submit_subject_, event).get(), id);
}

void Queue::Announce(const std::string& subject, const std::string& id, const std::string& event) {
  const auto message = NewMessage(subject, event);
  if (HasStream(subject)) return Store(message.get(), id);
  Must(natsConnection_PublishMsg(connection_.get(), message.get()), "publish on " + subject);
  Must(natsConnection_FlushTimeout(connection_.get(), kAnswerMilliseconds), "publish on " + subject);
}

void Queue::Bury(const Message& message, const std::string& reason) {
  const std::string subject = "agent.dead." + stream_;
  if (!HasStream(subject)) throw Transient("no stream takes " + subject);
  const MessageHandle dead = message.CopyTo(subject);
  const std::string sequence = std::to_string(message.Sequence());
  Set(dead.get(), "Dead-Reason", reason);
  Set(dead.get(), "Dead-Subject", message.Subject());
  Set(dead.get(), "Dead-Stream-Sequence", sequence);
  Set(dead.get(), "Dead-Deliveries", std::to_string(message.Deliveries()));
  Store(dead.get(), stream_ + "/" + sequence);
}

bool Queue::HasStream(const std::string& subject) {
  const std::string question = nlohmann::json{{"subject", subject}}.dump();
  natsMsg* raw = nullptr;
  Must(natsConnection_RequestString(&raw, connection_.get(), "$JS.API.STREAM.NAMES", question.c_str(),
                                    kAnswerMilliseconds),
       "find the stream of " + subject);
  const MessageHandle answer(raw);
  const auto json = nlohmann::json::parse(
      std::string(natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw))), nullptr, false);
  if (!json.is_object() || json.contains("error")) throw Transient("cannot find the stream of " + subject);
  return !json.value("streams", nlohmann::json()).empty();
}

void Queue::Store(natsMsg* message, const std::string& id) {
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MsgId = id.c_str();
  jsErrCode code{};
  Must(js_PublishMsg(nullptr, jetstream_.get(), message, &options, &code), "store an event", code);
}

std::string SubmitSubject(const std::string& filter, const std::string& stream) {
  std::string subject = filter.empty() ? stream + ".>" : filter;
  for (std::size_t at = 0; (at = subject.find('*', at)) != std::string::npos;) subject.replace(at, 1, "http");
  if (subject.ends_with('>')) subject.replace(subject.size() - 1, 1, "agent.execute.http");
  return subject;
}

}  // namespace worker
