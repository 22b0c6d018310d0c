#include "xfn/request.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "wire_object.h"
#include "xfn/status.h"
#include "xfn/wire.pb.h"

namespace xfn {
namespace {

const SkipPaths& Unread() {
  static const auto& skip = *new SkipPaths{{"metadata", "managedFields"}};
  return skip;
}

// At says where the bytes stood when they cannot be decoded.
template <typename T>
absl::StatusOr<T> At(std::string_view where, absl::StatusOr<T> value) {
  if (value.ok()) return value;
  return absl::InvalidArgumentError(fmt::format("cannot read {}: {}", where, Message(value.status())));
}

absl::StatusOr<std::optional<Json>> Composite(const wire::State& state, std::string_view where) {
  if (!state.has_composite()) return std::nullopt;
  return At(where, DecodeResource(state.composite(), Unread()));
}

absl::StatusOr<std::optional<Json>> Composed(const wire::State& state, std::string_view list, std::string_view name,
                                             const SkipPaths& skip) {
  auto it = state.resources().find(std::string(name));
  if (it == state.resources().end()) return std::nullopt;
  return At(fmt::format("{}[{}]", list, name), DecodeResource(it->second, skip));
}

std::vector<std::string> Names(const wire::State& state) {
  std::vector<std::string> names;
  for (const auto& [name, resource] : state.resources()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::optional<Json>> OptionalStruct(std::string_view where, bool present, std::string_view wire) {
  if (!present) return std::nullopt;
  auto value = At(where, DecodeStruct(wire));
  if (!value.ok()) return value.status();
  return *std::move(value);
}

}  // namespace

absl::StatusOr<Request> Request::Parse(std::string_view wire) {
  auto request = std::make_unique<wire::RunFunctionRequest>();
  if (!request->ParseFromArray(wire.data(), static_cast<int>(wire.size()))) {
    return absl::InvalidArgumentError("cannot read request: the bytes are no RunFunctionRequest");
  }
  return Request(std::move(request));
}

Request::Request(std::unique_ptr<wire::RunFunctionRequest> wire) : wire_(std::move(wire)) {}
Request::Request(Request&&) noexcept = default;
Request& Request::operator=(Request&&) noexcept = default;
Request::~Request() = default;

const std::string& Request::tag() const { return wire_->meta().tag(); }

bool Request::HasCapability(Capability capability) const {
  const auto& advertised = wire_->meta().capabilities();
  return std::find(advertised.begin(), advertised.end(), static_cast<int>(capability)) != advertised.end();
}

absl::StatusOr<std::optional<Json>> Request::Input() const {
  return OptionalStruct("input", wire_->has_input(), wire_->input());
}

absl::StatusOr<std::optional<Json>> Request::Context(std::string_view key) const {
  auto context = OptionalStruct("context", wire_->has_context(), wire_->context());
  if (!context.ok() || !context->has_value()) return context;
  auto it = (*context)->find(std::string(key));
  if (it == (*context)->end()) return std::nullopt;
  return std::optional<Json>(std::move(*it));
}

absl::StatusOr<std::optional<Json>> Request::ObservedComposite() const {
  return Composite(wire_->observed(), "observed.composite");
}

absl::StatusOr<std::optional<Json>> Request::ObservedResource(std::string_view name, const SkipPaths& skip) const {
  if (skip.empty()) return Composed(wire_->observed(), "observed.resources", name, Unread());
  SkipPaths all = Unread();
  all.insert(all.end(), skip.begin(), skip.end());
  return Composed(wire_->observed(), "observed.resources", name, all);
}

bool Request::HasObservedResource(std::string_view name) const {
  return wire_->observed().resources().contains(std::string(name));
}

std::vector<std::string> Request::ObservedNames() const { return Names(wire_->observed()); }
std::vector<std::string> Request::DesiredNames() const { return Names(wire_->desired()); }

absl::StatusOr<std::optional<Json>> Request::DesiredComposite() const {
  return Composite(wire_->desired(), "desired.composite");
}

absl::StatusOr<std::optional<Json>> Request::DesiredResource(std::string_view name) const {
  return Composed(wire_->desired(), "desired.resources", name, Unread());
}

absl::StatusOr<std::optional<std::vector<Json>>> Request::RequiredResources(std::string_view name) const {
  auto it = wire_->required_resources().find(std::string(name));
  if (it == wire_->required_resources().end()) return std::nullopt;
  std::vector<Json> found;
  for (const std::string& item : it->second.items()) {
    auto object =
        At(fmt::format("required_resources[{}].items[{}]", name, found.size()), DecodeResource(item, Unread()));
    if (!object.ok()) return object.status();
    found.push_back(*std::move(object));
  }
  return found;
}

absl::StatusOr<std::optional<Json>> Request::RequiredSchema(std::string_view name) const {
  auto it = wire_->required_schemas().find(std::string(name));
  if (it == wire_->required_schemas().end()) return std::nullopt;
  if (!it->second.has_openapi_v3()) return std::optional<Json>(Json(nullptr));
  return OptionalStruct(fmt::format("required_schemas[{}]", name), true, it->second.openapi_v3());
}

std::optional<std::map<std::string, std::string>> Request::Credentials(std::string_view name) const {
  auto it = wire_->credentials().find(std::string(name));
  if (it == wire_->credentials().end() || !it->second.has_credential_data()) return std::nullopt;
  const auto& data = it->second.credential_data().data();
  return std::map<std::string, std::string>(data.begin(), data.end());
}

}  // namespace xfn
