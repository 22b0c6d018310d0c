#include "chat.h"

#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "fault.h"

namespace worker {
namespace {

using Json = nlohmann::json;

constexpr int kAttempts = 4;
constexpr int kLongestRetryAfterSeconds = 60;
constexpr const char* kAuthorities = "/etc/ssl/certs/ca-certificates.crt";

struct Url {
  std::string origin;  // scheme://host:port
  std::string path;    // without a slash at its end
};

Url Split(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const std::size_t slash = url.find('/', url.find("://") + 3);
  return {url.substr(0, slash), slash == std::string::npos ? "" : url.substr(slash)};
}

std::string BaseUrl(const ChatRequest& request) {
  if (!request.base_url.empty()) return request.base_url;
  return request.provider == "anthropic" ? "https://api.anthropic.com/v1" : "https://api.openai.com/v1";
}

std::string Body(const ChatRequest& request) {
  Json messages = Json::array();
  if (!request.system.empty()) messages.push_back({{"role", "system"}, {"content", request.system}});
  messages.push_back({{"role", "user"}, {"content", request.prompt}});
  return Json{{"model", request.model}, {"messages", messages}}.dump();
}

std::string Text(const std::string& body) {
  const Json answer = Json::parse(body, nullptr, false);
  const Json::json_pointer content("/choices/0/message/content");
  if (answer.is_discarded() || !answer.contains(content) || !answer[content].is_string()) {
    throw Poison("cannot read the chat completion: no choices[0].message.content");
  }
  return answer[content];
}

}  // namespace

Chat::Chat(std::string openai_key, std::string anthropic_key, Sleep sleep)
    : openai_key_(std::move(openai_key)), anthropic_key_(std::move(anthropic_key)), sleep_(std::move(sleep)) {}

std::string Chat::Complete(const ChatRequest& request) const {
  const Url url = Split(BaseUrl(request));
  httplib::Client client(url.origin);
  client.set_ca_cert_path(kAuthorities);
  client.set_connection_timeout(std::chrono::seconds(10));
  client.set_read_timeout(std::chrono::seconds(120));
  client.set_bearer_token_auth(request.provider == "anthropic" ? anthropic_key_ : openai_key_);
  const std::string body = Body(request);
  for (int failed = 1;; ++failed) {
    const httplib::Result answer = client.Post(url.path + "/chat/completions", body, "application/json");
    const int status = answer ? answer->status : 0;
    if (status >= 200 && status < 300) return Text(answer->body);
    const std::string why = "cannot complete the chat: " +
                            (answer ? "HTTP status " + std::to_string(status) : httplib::to_string(answer.error()));
    if (!IsTransient(status)) throw Poison(why);
    const auto delay = RetryDelay(failed, answer ? answer->get_header_value("Retry-After") : "");
    if (!delay) throw Transient(why);
    sleep_(*delay);
  }
}

void Chat::Check(const std::string& provider, const std::string& base_url, const std::string& path) {
  if (provider != "openai" && provider != "anthropic") {
    throw Poison(path + ".provider: must be one of anthropic, openai");
  }
  const auto is = [&](const std::string& scheme) { return base_url.starts_with(scheme) && base_url != scheme; };
  if (!base_url.empty() && !is("http://") && !is("https://")) {
    throw Poison(path + ".base_url: must start with http:// or https://");
  }
}

std::optional<std::chrono::seconds> RetryDelay(int failed, const std::string& retry_after) {
  if (failed >= kAttempts) return std::nullopt;
  int seconds = -1;
  std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  if (seconds >= 0) return std::chrono::seconds(std::min(seconds, kLongestRetryAfterSeconds));
  return std::chrono::seconds(1 << (failed - 1));
}

bool IsTransient(int status) {
  return status == 0 || status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

}  // namespace worker
