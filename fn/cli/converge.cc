#include "cli/converge.h"

#include <utility>
#include <vector>

#include "cli/live.h"
#include "fmt/format.h"

namespace agent::cli {
namespace {

constexpr int kMaxReconciles = 20;  // each one passes at least one gate, and there are far fewer

// After returns `given` once the controllers have answered to `rendered`.
Cluster After(const Rendered& rendered, const Cluster& given) {
  Cluster next{.composite = given.composite, .composed = {}, .others = given.others};
  next.composite["status"] = rendered.composite.at("status");
  for (const xfn::Json& object : rendered.composed) next.composed.push_back(Live(object));
  std::vector<xfn::Json> secrets = AssumedSecrets(rendered.composed, given.others);
  next.others.insert(next.others.end(), secrets.begin(), secrets.end());
  return next;
}

}  // namespace

absl::StatusOr<Rendered> Converge(const FunctionCaller& call, const Step& step, Cluster cluster) {
  Cluster now = cluster;
  for (int i = 0; i < kMaxReconciles; ++i) {
    auto rendered = Reconcile(call, step, now);
    if (!rendered.ok()) return rendered;
    Cluster next = After(*rendered, cluster);
    if (next.composite == now.composite && next.composed == now.composed && next.others == now.others) return rendered;
    now = std::move(next);
  }
  return absl::DeadlineExceededError(fmt::format("the composite still changes after {} reconciles", kMaxReconciles));
}

}  // namespace agent::cli
