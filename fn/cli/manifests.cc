#include "cli/manifests.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "fmt/format.h"
#include "xfn/field_path.h"
#include "xfn/status.h"
#include "xfn/yaml.h"

namespace agent::cli {
namespace {

using xfn::FieldPath;
using xfn::Json;

absl::StatusOr<std::string> ReadText(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad())
    return absl::NotFoundError(fmt::format("cannot read {}: {}", path, strerror(errno)));
  return text;
}

absl::StatusOr<std::vector<Json>> ReadFile(const std::string& path) {
  auto text = ReadText(path);
  if (!text.ok()) return text.status();
  auto documents = xfn::ParseYaml(*text);
  if (!documents.ok()) {
    return absl::InvalidArgumentError(fmt::format("cannot parse {}: {}", path, xfn::Message(documents.status())));
  }
  for (std::size_t i = 0; i < documents->size(); ++i) {
    const Json& object = (*documents)[i];
    if (!xfn::FindString(object, FieldPath{"apiVersion"}).empty() &&
        !xfn::FindString(object, FieldPath{"kind"}).empty()) {
      continue;
    }
    return absl::InvalidArgumentError(
        fmt::format("cannot use {}: document {} has no apiVersion and kind", path, i + 1));
  }
  return documents;
}

absl::StatusOr<std::vector<std::string>> YamlFilesOf(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const auto extension = entry.path().extension();
    if (!entry.is_directory() && (extension == ".yaml" || extension == ".yml")) files.push_back(entry.path().string());
  }
  if (error) return absl::NotFoundError(fmt::format("cannot read {}: {}", directory, error.message()));
  if (files.empty()) return absl::NotFoundError(fmt::format("cannot read {}: no .yaml or .yml file in it", directory));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<std::vector<Json>> ReadManifests(const std::string& path) {
  if (!std::filesystem::is_directory(path)) return ReadFile(path);
  auto files = YamlFilesOf(path);
  if (!files.ok()) return files.status();
  std::vector<Json> all;
  for (const std::string& file : *files) {
    auto objects = ReadFile(file);
    if (!objects.ok()) return objects.status();
    std::move(objects->begin(), objects->end(), std::back_inserter(all));
  }
  return all;
}

absl::StatusOr<Json> ReadManifest(const std::string& path) {
  auto objects = ReadManifests(path);
  if (!objects.ok()) return objects.status();
  if (objects->size() == 1) return std::move(objects->front());
  return absl::InvalidArgumentError(
      fmt::format("cannot use {}: it holds {} objects, expected one", path, objects->size()));
}

}  // namespace agent::cli
