#include "xfn/response.h"

#include <utility>

#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "wire_object.h"
#include "xfn/status.h"
#include "xfn/wire.pb.h"

namespace xfn {
namespace {

namespace pb = apiextensions::fn::proto::v1;

// Bytes gives equal messages equal bytes: map keys are written in order.
std::string Bytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::Status Cannot(std::string_view what, const absl::Status& why) {
  return absl::InvalidArgumentError(fmt::format("cannot write {}: {}", what, Message(why)));
}

// CompositeOf returns the desired composite as earlier steps left it; empty when they desire none.
absl::StatusOr<wire::Resource> CompositeOf(const wire::State& desired) {
  auto composite = ParseResource(desired.composite());
  if (!composite.ok()) return Cannot("desired.composite", composite.status());
  return composite;
}

void AddResult(wire::RunFunctionResponse& response, pb::Severity severity, std::string_view message,
               std::string_view reason) {
  pb::Result& result = *response.add_results();
  result.set_severity(severity);
  result.set_message(std::string(message));
  if (!reason.empty()) result.set_reason(std::string(reason));
  result.set_target(pb::TARGET_COMPOSITE);
}

}  // namespace

Response::Response(const Request& request) : wire_(std::make_unique<wire::RunFunctionResponse>()) {
  wire_->mutable_meta()->set_tag(request.tag());
  *wire_->mutable_desired() = request.wire().desired();
  if (request.wire().has_context()) wire_->set_context(request.wire().context());
}

Response::Response(Response&&) noexcept = default;
Response& Response::operator=(Response&&) noexcept = default;
Response::~Response() = default;

absl::Status Response::SetDesired(std::string_view name, const Json& object, Ready ready) {
  auto bytes = EncodeStruct(object);
  if (!bytes.ok()) return Cannot(fmt::format("desired.resources[{}]", name), bytes.status());
  wire::Resource resource;
  resource.set_resource(*std::move(bytes));
  resource.set_ready(static_cast<pb::Ready>(ready));
  (*wire_->mutable_desired()->mutable_resources())[std::string(name)] = Bytes(resource);
  return absl::OkStatus();
}

absl::Status Response::MergeCompositeStatus(const Json& status) {
  auto composite = CompositeOf(wire_->desired());
  if (!composite.ok()) return composite.status();
  auto object = DecodeStruct(composite->resource());
  if (!object.ok()) return Cannot("desired.composite", object.status());
  (*object)["status"].update(status);
  auto bytes = EncodeStruct(*object);
  if (!bytes.ok()) return Cannot("desired.composite", bytes.status());
  composite->set_resource(*std::move(bytes));
  wire_->mutable_desired()->set_composite(Bytes(*composite));
  return absl::OkStatus();
}

absl::Status Response::SetCompositeReady(Ready ready) {
  auto composite = CompositeOf(wire_->desired());
  if (!composite.ok()) return composite.status();
  composite->set_ready(static_cast<pb::Ready>(ready));
  wire_->mutable_desired()->set_composite(Bytes(*composite));
  return absl::OkStatus();
}

void Response::SetCondition(const Condition& condition) {
  pb::Condition* slot = nullptr;
  for (pb::Condition& existing : *wire_->mutable_conditions()) {
    if (existing.type() == condition.type) slot = &existing;
  }
  if (slot == nullptr) slot = wire_->add_conditions();
  slot->set_type(condition.type);
  slot->set_status(static_cast<pb::Status>(condition.status));
  slot->set_reason(condition.reason);
  if (condition.message.empty()) {
    slot->clear_message();
  } else {
    slot->set_message(condition.message);
  }
  slot->set_target(static_cast<pb::Target>(condition.target));
}

void Response::Fatal(std::string_view message) { AddResult(*wire_, pb::SEVERITY_FATAL, message, ""); }

void Response::Warning(std::string_view message, std::string_view reason) {
  AddResult(*wire_, pb::SEVERITY_WARNING, message, reason);
}

void Response::Normal(std::string_view message, std::string_view reason) {
  AddResult(*wire_, pb::SEVERITY_NORMAL, message, reason);
}

void Response::Require(std::string_view name, const ResourceSelector& selector) {
  pb::ResourceSelector& wanted = (*wire_->mutable_requirements()->mutable_resources())[std::string(name)];
  wanted.set_api_version(selector.api_version);
  wanted.set_kind(selector.kind);
  if (const auto* match_name = std::get_if<std::string>(&selector.match)) {
    wanted.set_match_name(*match_name);
  } else {
    const auto& labels = std::get<1>(selector.match);
    wanted.mutable_match_labels()->mutable_labels()->insert(labels.begin(), labels.end());
  }
  if (selector.ns) wanted.set_namespace_(*selector.ns);
}

void Response::RequireSchema(std::string_view name, std::string_view api_version, std::string_view kind) {
  pb::SchemaSelector& wanted = (*wire_->mutable_requirements()->mutable_schemas())[std::string(name)];
  wanted.set_api_version(std::string(api_version));
  wanted.set_kind(std::string(kind));
}

absl::Status Response::SetContext(std::string_view key, const Json& value) {
  auto context = DecodeStruct(wire_->context());
  if (!context.ok()) return Cannot("context", context.status());
  (*context)[std::string(key)] = value;
  auto bytes = EncodeStruct(*context);
  if (!bytes.ok()) return Cannot("context", bytes.status());
  wire_->set_context(*std::move(bytes));
  return absl::OkStatus();
}

void Response::SetTtl(absl::Duration ttl) {
  auto& duration = *wire_->mutable_meta()->mutable_ttl();
  duration.set_seconds(absl::IDivDuration(ttl, absl::Seconds(1), &ttl));
  duration.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(ttl)));
}

std::string Response::Serialize() const { return Bytes(*wire_); }

}  // namespace xfn
