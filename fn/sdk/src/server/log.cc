#include "log.h"

#include <unistd.h>

#include <atomic>

#include "absl/time/clock.h"

namespace xfn::log {
namespace {

std::atomic<bool> debug_enabled = false;

const char* Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

}  // namespace

void EnableDebug(bool enabled) { debug_enabled = enabled; }
bool DebugEnabled() { return debug_enabled; }

std::string Format(Level level, absl::Time time, std::string_view message, Fields fields) {
  // Ordered, because people read level, time and message first.
  nlohmann::ordered_json line = {{"level", Name(level)}, {"ts", static_cast<double>(absl::ToUnixMicros(time)) / 1e6}};
  line["msg"] = message;
  for (const auto& [key, value] : fields) line[std::string(key)] = value;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void Write(Level level, std::string_view message, Fields fields) {
  if (level == Level::kDebug && !DebugEnabled()) return;
  const std::string line = Format(level, absl::Now(), message, fields) + '\n';
  // Nobody is left to tell when standard error is gone.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::optional<int> RateLimit::Allow(absl::Time now) {
  const std::lock_guard lock(mutex_);
  if (now < next_) {
    ++held_back_;
    return std::nullopt;
  }
  next_ = now + interval_;
  return std::exchange(held_back_, 0);
}

}  // namespace xfn::log
