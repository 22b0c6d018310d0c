// The environment that an AgentExecutor composes is the whole configuration.
#pragma once

#include <functional>
#include <string>

namespace worker {

struct Config {
  int port = 0;  // of the HTTP server
  std::string nats_url;
  std::string stream;
  std::string consumer;
  struct {
    std::string host, port, database, user, password;
  } postgres;
  struct {
    std::string host;
    int port = 0;
    std::string password;  // empty: no AUTH
  } dragonfly;
  std::string openai_key;
  std::string anthropic_key;
};

// Lookup gives a variable's value, or nullptr.
using Lookup = std::function<const char*(const char* name)>;

// ReadConfig throws std::invalid_argument that names every variable that is missing or wrong.
Config ReadConfig(const Lookup& lookup);

}  // namespace worker
