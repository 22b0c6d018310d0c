// Chat completions over HTTP, of any endpoint that speaks the OpenAI API.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace worker {

struct ChatRequest {
  std::string provider;  // openai or anthropic: whose key, and where unless base_url says so
  std::string base_url;  // up to and without /chat/completions; "" is the provider's own
  std::string model;
  std::string system;  // "" is none
  std::string prompt;
};

class Chat {
 public:
  using Sleep = std::function<void(std::chrono::seconds)>;

  // `sleep` passes the time between two attempts.
  Chat(std::string openai_key, std::string anthropic_key, Sleep sleep);

  // Complete returns the first choice's text. A busy or absent server is asked 4 times in all, as RetryDelay says; then
  // it throws Transient. An answer that no repetition can change: Poison.
  std::string Complete(const ChatRequest& request) const;

  // Check throws Poison when the provider is unknown or the URL is neither empty nor http(s); `path` begins the
  // message.
  static void Check(const std::string& provider, const std::string& base_url, const std::string& path);

 private:
  std::string openai_key_;
  std::string anthropic_key_;
  Sleep sleep_;
};

// RetryDelay is the time before the next attempt after `failed` ones: what the server asked for in Retry-After (whole
// seconds; at most 60), else 1, 2, 4 s; nothing when there is no further attempt.
std::optional<std::chrono::seconds> RetryDelay(int failed, const std::string& retry_after);

// IsTransient tells whether a later attempt can have another answer than this HTTP status; 0 stands for no answer.
bool IsTransient(int status);

}  // namespace worker
