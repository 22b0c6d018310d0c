// Manifests: Kubernetes objects from YAML files.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "xfn/json.h"

namespace agent::cli {

// ReadManifests reads every object of a YAML file, or of the .yaml and .yml files of a directory, sorted by file name.
// Errors: NOT_FOUND, the path cannot be read; INVALID_ARGUMENT, bad YAML, with line and column, or a document that is
// no Kubernetes object. Each names the file.
absl::StatusOr<std::vector<xfn::Json>> ReadManifests(const std::string& path);

// ReadManifest reads a file that holds exactly one object.
absl::StatusOr<xfn::Json> ReadManifest(const std::string& path);

}  // namespace agent::cli
