// What the tests of the command line share.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "cli/function_caller.h"
#include "xfn/field_path.h"
#include "xfn/function.h"
#include "xfn/json.h"
#include "xfn/yaml.h"

namespace agent::cli {

// Yaml reads one document.
inline xfn::Json Yaml(std::string_view text) {
  auto documents = xfn::ParseYaml(text);
  INFO(std::string(documents.status().message()));
  REQUIRE(documents.ok());
  REQUIRE(documents->size() == 1);
  return documents->front();
}

// Small desires a ConfigMap named by Crossplane and, once that is observed, a Deployment. Without spec.color it is
// FATAL.
inline absl::Status Small(const xfn::Request& request, xfn::Response& response) {
  auto composite = request.ObservedComposite();
  if (!composite.ok()) return composite.status();
  const auto color = xfn::FindString(**composite, xfn::FieldPath{"spec", "color"});
  if (color.empty()) return absl::InvalidArgumentError("spec.color: Required value\nspec.size: Required value");
  const bool first = request.HasObservedResource("config");
  auto status =
      response.SetDesired("config", {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"data", {{"color", color}}}},
                          first ? xfn::Ready::kTrue : xfn::Ready::kFalse);
  if (!status.ok()) return status;
  auto existing = request.ObservedResource("app");
  if (!existing.ok()) return existing.status();
  const bool available =
      existing->has_value() && xfn::FindInt(**existing, xfn::FieldPath{"status", "availableReplicas"}, 0) > 0;
  if (first) {
    status =
        response.SetDesired("app", {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"metadata", {{"name", "app"}}}},
                            available ? xfn::Ready::kTrue : xfn::Ready::kFalse);
  }
  response.SetCondition({.type = "AppReady",
                         .status = available ? xfn::ConditionStatus::kTrue : xfn::ConditionStatus::kFalse,
                         .reason = available ? "Running" : "Waiting",
                         .message = available ? "" : "Deployment app waits for the ConfigMap"});
  return status;
}

// Files is a directory for the files of one test.
class Files {
 public:
  Files() {
    std::string name = (std::filesystem::temp_directory_path() / "cli-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory_ = name;
  }
  ~Files() { std::filesystem::remove_all(directory_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  // Add writes a file and returns its path.
  std::string Add(const std::string& name, std::string_view text) const {
    const auto path = directory_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  std::string directory() const { return directory_.string(); }

 private:
  std::filesystem::path directory_;
};

inline constexpr char kComposite[] = R"(
apiVersion: example.org/v1
kind: Thing
metadata: {name: demo, namespace: agents}
spec: {color: red}
)";

}  // namespace agent::cli
