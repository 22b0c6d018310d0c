#include "api/names.h"

#include <array>
#include <cstdint>

#include "fmt/format.h"

namespace agent {
namespace {

constexpr std::size_t kMaxScaledObjectName = 54;
constexpr std::size_t kMaxLabelValue = 63;

// FNV-1a: stable for ever and on every machine.
std::uint32_t Hash(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

// Argo CD and Crossplane find what they own by these; kubectl's hold a copy of the whole composite.
bool IsTrackingLabel(std::string_view key) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"argocd.argoproj.io/", "crossplane.io/",
                                                         "kubectl.kubernetes.io/"};
  for (std::string_view prefix : kPrefixes) {
    if (key.substr(0, prefix.size()) == prefix) return true;
  }
  return key == "app.kubernetes.io/instance";
}

// A label value ends with a letter or digit.
std::string LabelValue(std::string_view text) {
  text = text.substr(0, kMaxLabelValue);
  while (!text.empty() && std::string_view("._-").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  while (!text.empty() && std::string_view("._-").find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  return std::string(text);
}

}  // namespace

Names NamesOf(std::string_view name) {
  const std::string own(name);
  return {own, own, own, own + "-stream", own + "-consumer", Shorten(own + "-scaler", kMaxScaledObjectName)};
}

std::string Shorten(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  return fmt::format("{}-{:08x}", text.substr(0, limit - 9), Hash(text));
}

std::map<std::string, std::string> Selector(std::string_view name) {
  return {{"app.kubernetes.io/name", std::string(name)},
          {"app.kubernetes.io/component", "agent-executor"},
          {"app.kubernetes.io/managed-by", "crossplane"}};
}

std::map<std::string, std::string> Labels(const AgentExecutor& executor) {
  std::map<std::string, std::string> labels = Selector(executor.name);
  labels["app.kubernetes.io/version"] = VersionLabel(executor.image);
  for (const auto& [key, value] : executor.labels) {
    if (!IsTrackingLabel(key)) labels.emplace(key, value);
  }
  return labels;
}

std::map<std::string, std::string> StreamLabels(const AgentExecutor& executor) {
  const std::string& name = executor.nats_stream_name;
  const bool allowed = LabelValue(name) == name;
  return {{"platform.bizmatters.io/stream", allowed ? name : fmt::format("stream-{:08x}", Hash(name))}};
}

std::string_view ImageTag(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t colon = image.rfind(':');
  if (colon == std::string_view::npos || image.find('/', colon) != std::string_view::npos) return "";
  return image.substr(colon + 1);
}

std::string VersionLabel(std::string_view image) {
  if (std::string_view tag = ImageTag(image); !tag.empty()) return LabelValue(tag);
  const std::size_t digest = image.find('@');
  if (digest == std::string_view::npos) return "latest";
  return std::string(image.substr(image.find(':', digest) + 1, 12));
}

}  // namespace agent
