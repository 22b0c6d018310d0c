// Log lines in the shape that Crossplane's own functions print (zap's production encoding): one JSON object per line on
// standard error, {"level":"info","ts":1700000000.25,"msg":"serving","address":"[::]:9443"}.
//
// Never log a request, a response or anything read from a Secret.
#pragma once

#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "xfn/json.h"

namespace xfn::log {

enum class Level { kDebug, kInfo, kWarn, kError };

using Field = std::pair<std::string_view, Json>;
using Fields = std::initializer_list<Field>;

// EnableDebug lets kDebug lines through; every other level always is.
void EnableDebug(bool enabled);
bool DebugEnabled();

// Write prints one line with a single write(2), so that lines of several threads do not mix.
void Write(Level level, std::string_view message, Fields fields = {});

inline void Debug(std::string_view message, Fields fields = {}) { Write(Level::kDebug, message, fields); }
inline void Info(std::string_view message, Fields fields = {}) { Write(Level::kInfo, message, fields); }
inline void Warn(std::string_view message, Fields fields = {}) { Write(Level::kWarn, message, fields); }
inline void Error(std::string_view message, Fields fields = {}) { Write(Level::kError, message, fields); }

// Format gives the line without its newline. Text that is not UTF-8 is printed with replacement characters.
std::string Format(Level level, absl::Time time, std::string_view message, Fields fields);

// RateLimit lets one line through per interval, for lines that a stranger can provoke. Safe to use from several
// threads.
class RateLimit {
 public:
  explicit RateLimit(absl::Duration interval) : interval_(interval) {}

  // Allow returns how many lines were held back since the last one that it let through, or nullopt to hold this back.
  std::optional<int> Allow(absl::Time now);

 private:
  const absl::Duration interval_;
  std::mutex mutex_;
  absl::Time next_ = absl::InfinitePast();
  int held_back_ = 0;
};

}  // namespace xfn::log
