#include "compose/secrets.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compose/conditions.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "xfn/field_path.h"

namespace agent {
namespace {

// Keys that each Secret must hold; a pull secret has one of two formats, so only its presence counts.
std::map<std::string, std::vector<std::string>> Needs(const AgentExecutor& executor) {
  std::map<std::string, std::vector<std::string>> needs;
  for (const SecretKey& from : SecretKeys(executor)) needs[from.secret].push_back(from.key);
  for (const std::string& secret : executor.image_pull_secrets) needs[secret];
  return needs;
}

std::string RequirementName(const std::string& secret) { return "secret-" + secret; }

// Complaint says what is wrong with one Secret; empty when nothing is.
std::string Complaint(const std::string& name, const std::vector<std::string>& keys,
                      const std::vector<xfn::Json>& found) {
  if (found.empty()) return fmt::format("Secret {} does not exist", name);
  std::vector<std::string> missing;
  for (const std::string& key : keys) {
    if (xfn::Find(found.front(), xfn::FieldPath{"data", key}) == nullptr) missing.push_back(key);
  }
  return missing.empty() ? "" : fmt::format("Secret {} lacks {}", name, fmt::join(missing, ", "));
}

}  // namespace

void RequireSecrets(const AgentExecutor& executor, xfn::Response& response) {
  for (const auto& [name, keys] : Needs(executor)) {
    response.Require(RequirementName(name), {.api_version = "v1", .kind = "Secret", .match = name, .ns = executor.ns});
  }
}

absl::StatusOr<xfn::Condition> SecretsReady(const AgentExecutor& executor, const xfn::Request& request) {
  std::vector<std::string> complaints;
  for (const auto& [name, keys] : Needs(executor)) {
    auto found = request.RequiredResources(RequirementName(name));
    if (!found.ok()) return found.status();
    if (!found->has_value()) return Unknown("SecretsReady", "Crossplane has not handed over the Secrets yet");
    if (std::string complaint = Complaint(name, keys, **found); !complaint.empty()) complaints.push_back(complaint);
  }
  if (complaints.empty()) return True("SecretsReady", Reason::kAvailable);
  return False("SecretsReady", Reason::kWaiting, fmt::format("{}", fmt::join(complaints, "; ")));
}

}  // namespace agent
