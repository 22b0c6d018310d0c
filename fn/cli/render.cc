#include "cli/render.h"

#include <iterator>
#include <memory>
#include <ostream>
#include <utility>

#include "absl/status/statusor.h"
#include "cli/conditions.h"
#include "cli/converge.h"
#include "cli/function_caller.h"
#include "cli/manifests.h"
#include "cli/merge.h"
#include "cli/reconcile.h"
#include "fmt/format.h"
#include "xfn/field_path.h"
#include "xfn/server.h"
#include "xfn/status.h"
#include "xfn/yaml.h"

namespace agent::cli {
namespace {

using xfn::FieldPath;
using xfn::FindString;
using xfn::Json;

// Callee is the function to call, and the server that was started for it, if any.
struct Callee {
  FunctionCaller call;
  std::unique_ptr<xfn::Server> server;
};

absl::StatusOr<Callee> Connect(const std::string& address, const xfn::Function& function) {
  if (!address.empty()) return Callee{CallAt(address), nullptr};
  xfn::ServerOptions options;
  options.insecure = true;
  options.address = "127.0.0.1:0";
  options.metrics_address = "";
  options.announce = false;
  auto server = xfn::Server::Start(options, function);
  if (!server.ok()) return server.status();
  return Callee{CallAt(fmt::format("127.0.0.1:{}", (*server)->port())), *std::move(server)};
}

absl::StatusOr<std::vector<Json>> ReadAll(const std::vector<std::string>& paths) {
  std::vector<Json> all;
  for (const std::string& path : paths) {
    auto objects = ReadManifests(path);
    if (!objects.ok()) return objects.status();
    std::move(objects->begin(), objects->end(), std::back_inserter(all));
  }
  return all;
}

absl::StatusOr<Rendered> RenderFiles(const RenderOptions& options, const xfn::Function& function) {
  auto composite = ReadManifest(options.composite);
  if (!composite.ok()) return composite.status();
  auto step = ReadStep(options.composition, options.input, *composite);
  if (!step.ok()) return step.status();
  auto observed = ReadAll(options.observed);
  if (!observed.ok()) return observed.status();
  auto required = ReadAll(options.required);
  if (!required.ok()) return required.status();
  auto callee = Connect(options.address, function);
  if (!callee.ok()) return callee.status();
  const Cluster cluster{.composite = *composite, .composed = *std::move(observed), .others = *std::move(required)};
  auto rendered = options.converge ? Converge(callee->call, *step, cluster) : Reconcile(callee->call, *step, cluster);
  if (rendered.ok() && options.full_composite) rendered->composite = Merged(*std::move(composite), rendered->composite);
  return rendered;
}

// PrintWaiting says in comments what the composite still waits for; whoever reads the YAML does not see them.
void PrintWaiting(const Json& composite, std::ostream& out) {
  const Json* conditions = xfn::Find(composite, FieldPath{"status", "conditions"});
  if (conditions == nullptr) return;
  for (const Json& condition : *conditions) {
    const auto type = FindString(condition, FieldPath{"type"});
    if (IsSystemCondition(type) || FindString(condition, FieldPath{"status"}) == "True") continue;
    std::string text(FindString(condition, FieldPath{"message"}));
    if (text.empty()) text = FindString(condition, FieldPath{"reason"});
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at) text.replace(at, 1, "\n# ");
    out << "# waiting: " << type << ": " << text << '\n';
  }
}

void Print(const Rendered& rendered, bool results, std::ostream& out) {
  out << "---\n" << xfn::ToYaml(rendered.composite);
  for (const Json& object : rendered.composed) out << "---\n" << xfn::ToYaml(object);
  if (results) {
    for (const Json& event : rendered.events) out << "---\n" << xfn::ToYaml(event);
  }
  PrintWaiting(rendered.composite, out);
}

}  // namespace

int Render(const RenderOptions& options, const xfn::Function& function, std::ostream& out, std::ostream& err) {
  auto rendered = RenderFiles(options, function);
  if (rendered.ok()) {
    Print(*rendered, options.results, out);
    return kOk;
  }
  err << "cannot render " << options.composite << ": " << xfn::Message(rendered.status()) << '\n';
  return absl::IsAborted(rendered.status()) ? kFatal : kFailed;
}

}  // namespace agent::cli
