// One JSON line per event on standard error. Never a secret, never the content of a job.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace worker {

using LogFields = std::initializer_list<std::pair<const char*, std::string>>;

void LogInfo(std::string_view message, LogFields fields = {});
void LogError(std::string_view message, LogFields fields = {});

}  // namespace worker
