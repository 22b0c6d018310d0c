#include "log.h"

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace worker {
namespace {

void Write(const char* level, std::string_view message, LogFields fields) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  nlohmann::ordered_json line = {{"level", level}, {"ts", now.count()}, {"msg", message}};
  for (const auto& [key, value] : fields) line[key] = value;
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace

void LogInfo(std::string_view message, LogFields fields) { Write("info", message, fields); }
void LogError(std::string_view message, LogFields fields) { Write("error", message, fields); }

}  // namespace worker
