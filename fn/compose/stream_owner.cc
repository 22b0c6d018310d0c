#include "compose/stream_owner.h"

#include <string_view>
#include <tuple>

#include "api/names.h"
#include "fmt/format.h"
#include "xfn/field_path.h"

namespace agent {
namespace {

using xfn::FieldPath;
using xfn::FindString;
using xfn::Json;

constexpr std::string_view kRequirement = "stream-owners";

// Age orders accounts from the first to the last. Times are RFC 3339 in UTC, so text sorts as time does.
auto Age(const Json& account) {
  return std::tuple(FindString(account, FieldPath{"metadata", "creationTimestamp"}),
                    FindString(account, FieldPath{"metadata", "namespace"}),
                    FindString(account, FieldPath{"metadata", "name"}));
}

// A ServiceAccount has the name of its AgentExecutor.
std::string Owner(const Json& account) {
  return fmt::format("{}/{}", FindString(account, FieldPath{"metadata", "namespace"}),
                     FindString(account, FieldPath{"metadata", "name"}));
}

}  // namespace

void RequireStreamOwners(const AgentExecutor& executor, xfn::Response& response) {
  response.Require(kRequirement,
                   {.api_version = "v1", .kind = "ServiceAccount", .match = StreamLabels(executor), .ns = {}});
}

absl::StatusOr<std::string> EarlierOwner(const xfn::Request& request, const AgentExecutor& executor,
                                         const std::optional<Json>& own) {
  auto accounts = request.RequiredResources(kRequirement);
  if (!accounts.ok()) return accounts.status();
  if (!accounts->has_value()) return "";
  const std::string self = fmt::format("{}/{}", executor.ns, executor.name);
  const Json* first = nullptr;
  for (const Json& account : **accounts) {
    if (Owner(account) == self || (own && Age(*own) < Age(account))) continue;
    if (first == nullptr || Age(account) < Age(*first)) first = &account;
  }
  return first == nullptr ? "" : Owner(*first);
}

}  // namespace agent
