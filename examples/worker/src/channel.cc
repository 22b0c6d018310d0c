#include "channel.h"

#include <vector>

#include "fault.h"

namespace worker {
namespace {

constexpr timeval kTimeout{5, 0};

}  // namespace

Channel::Channel(const Config& config)
    : host_(config.dragonfly.host), port_(config.dragonfly.port), password_(config.dragonfly.password) {}

void Channel::Check() { Command({"PING"}); }

void Channel::Publish(const std::string& job_id, const Json& event) {
  const std::string name = "langgraph:stream:" + job_id;
  const bool fresh = !connection_;
  try {
    Command({"PUBLISH", name, event.dump()});
  } catch (const Transient&) {
    if (fresh) throw;
    Command({"PUBLISH", name, event.dump()});
  }
}

void Channel::Connect() {
  connection_.reset(redisConnectWithTimeout(host_.c_str(), port_, kTimeout));
  if (!connection_ || connection_->err != 0) {
    const std::string why = connection_ ? connection_->errstr : "out of memory";
    connection_.reset();
    throw Transient("cannot connect to Dragonfly: " + why);
  }
  redisSetTimeout(connection_.get(), kTimeout);
  redisEnableKeepAlive(connection_.get());
  if (!password_.empty()) Command({"AUTH", password_});
}

void Channel::Command(std::initializer_list<std::string> words) {
  if (!connection_) Connect();
  std::vector<const char*> argv;
  std::vector<std::size_t> lengths;
  for (const std::string& word : words) {
    argv.push_back(word.data());
    lengths.push_back(word.size());
  }
  const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
      static_cast<redisReply*>(
          redisCommandArgv(connection_.get(), static_cast<int>(argv.size()), argv.data(), lengths.data())),
      freeReplyObject);
  if (reply && reply->type != REDIS_REPLY_ERROR) return;
  const std::string why = reply ? std::string(reply->str, reply->len) : connection_->errstr;
  connection_.reset();
  throw Transient("cannot " + *words.begin() + " at Dragonfly: " + why);
}

}  // namespace worker
