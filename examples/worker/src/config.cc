#include "config.h"

#include <charconv>
#include <stdexcept>

namespace worker {
namespace {

enum class Empty { kNo, kAllowed };

class Reader {
 public:
  explicit Reader(const Lookup& lookup) : lookup_(lookup) {}

  std::string Text(const char* name, Empty empty = Empty::kNo) {
    const char* value = lookup_(name);
    if (value == nullptr) return Wrong(name, "is not set");
    if (*value == '\0' && empty == Empty::kNo) return Wrong(name, "is empty");
    return value;
  }

  int Port(const char* name, int least = 1) {
    const std::string text = Text(name);
    int port = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty()) return 0;
    if (error != std::errc() || *end != '\0' || port < least || port > 65535) Wrong(name, "is not a port");
    return port;
  }

  void Finish() const {
    if (!problems_.empty()) throw std::invalid_argument("cannot read the environment: " + problems_);
  }

 private:
  std::string Wrong(const char* name, const char* what) {
    problems_ += (problems_.empty() ? "" : ", ") + std::string(name) + " " + what;
    return "";
  }

  const Lookup& lookup_;
  std::string problems_;
};

}  // namespace

Config ReadConfig(const Lookup& lookup) {
  Reader read(lookup);
  Config config;
  config.port = read.Port("PORT", 0);  // 0: any free one; the log tells
  config.nats_url = read.Text("NATS_URL");
  config.stream = read.Text("NATS_STREAM_NAME");
  config.consumer = read.Text("NATS_CONSUMER_GROUP");
  config.postgres.host = read.Text("POSTGRES_HOST");
  config.postgres.port = std::to_string(read.Port("POSTGRES_PORT"));
  config.postgres.database = read.Text("POSTGRES_DB");
  config.postgres.user = read.Text("POSTGRES_USER");
  config.postgres.password = read.Text("POSTGRES_PASSWORD", Empty::kAllowed);
  config.dragonfly.host = read.Text("DRAGONFLY_HOST");
  config.dragonfly.port = read.Port("DRAGONFLY_PORT");
  config.dragonfly.password = read.Text("DRAGONFLY_PASSWORD", Empty::kAllowed);
  config.openai_key = read.Text("OPENAI_API_KEY", Empty::kAllowed);
  config.anthropic_key = read.Text("ANTHROPIC_API_KEY", Empty::kAllowed);
  read.Finish();
  return config;
}

}  // namespace worker
