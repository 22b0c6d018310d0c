#include "cli/composed.h"

#include <openssl/evp.h>

#include <array>
#include <utility>

#include "fmt/format.h"
#include "xfn/field_path.h"

namespace agent::cli {
namespace {

using xfn::FieldPath;
using xfn::FindString;
using xfn::Json;

constexpr std::size_t kMaxGeneratedName = 63;
constexpr std::size_t kMaxName = 253;
constexpr std::size_t kHashLength = 12;

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string Digest(const EVP_MD* algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm, nullptr);
  return std::string(digest.begin(), digest.begin() + size);
}

bool IsSubdomain(std::string_view name) {
  char previous = '.';
  for (const char c : name) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!alphanumeric && c != '-' && c != '.') return false;
    if (!alphanumeric && previous == '.') return false;
    if (c == '.' && previous == '-') return false;
    previous = c;
  }
  return !name.empty() && name.size() <= kMaxName && previous != '.' && previous != '-';
}

void SetOrErase(Json& object, const char* key, std::string_view value) {
  if (value.empty()) {
    object.erase(key);
    return;
  }
  object[key] = value;
}

absl::Status AddOwner(const Json& composite, Json& metadata) {
  const auto uid = FindString(composite, FieldPath{"metadata", "uid"});
  Json owner{{"apiVersion", composite.at("apiVersion")},
             {"blockOwnerDeletion", true},
             {"controller", true},
             {"kind", composite.at("kind")},
             {"name", composite.at("metadata").at("name")},
             {"uid", uid}};
  Json& owners = metadata["ownerReferences"];
  for (Json& other : owners) {
    if (FindString(other, FieldPath{"uid"}) == uid) {
      other = std::move(owner);
      return absl::OkStatus();
    }
    if (const Json* controller = xfn::Find(other, FieldPath{"controller"});
        controller != nullptr && *controller == true) {
      return absl::InvalidArgumentError(fmt::format("it is already controlled by {} {}",
                                                    FindString(other, FieldPath{"kind"}),
                                                    FindString(other, FieldPath{"name"})));
    }
  }
  owners.push_back(std::move(owner));
  return absl::OkStatus();
}

}  // namespace

std::string PreviewUid(const Json& composite) {
  const auto api_version = FindString(composite, FieldPath{"apiVersion"});
  const auto slash = api_version.find('/');
  const auto group = slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
  const auto version = slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
  const std::string name_space(16, '\0');
  std::string id = Digest(EVP_sha1(), fmt::format("{}{}/{}, Kind={}{}{}{}{}", name_space, group, version,
                                                  FindString(composite, FieldPath{"kind"}), '\0',
                                                  FindString(composite, FieldPath{"metadata", "namespace"}), '\0',
                                                  FindString(composite, FieldPath{"metadata", "name"})));
  id.resize(16);
  id[6] = static_cast<char>((id[6] & 0x0f) | 0x50);  // UUID version 5
  id[8] = static_cast<char>((id[8] & 0x3f) | 0x80);  // RFC 4122 variant
  const std::string hex = Hex(id);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

std::string ChildName(std::string_view prefix, std::string_view owner_uid, std::string_view resource_name) {
  const std::string hash =
      Hex(Digest(EVP_sha256(), fmt::format("{}{}", owner_uid, resource_name))).substr(0, kHashLength);
  std::string start(prefix);
  if (!start.empty() && !start.ends_with('-')) start += '-';
  constexpr std::size_t kRoom = kMaxGeneratedName - kHashLength;
  if (start.size() <= kRoom) return start + hash;
  start.resize(kRoom);
  if (!start.ends_with('-')) start.back() = '-';
  return start + hash;
}

absl::Status CompleteMetadata(const Json& composite, std::string_view resource_name, const Json* observed,
                              Json& composed) {
  Json& metadata = composed["metadata"];
  if (observed != nullptr) {
    for (const char* key : {"namespace", "name", "generateName"}) {
      SetOrErase(metadata, key, FindString(*observed, FieldPath{"metadata", key}));
    }
  }
  const auto prefix = FindString(composite, FieldPath{"metadata", "labels", kCompositeLabel});
  if (FindString(metadata, FieldPath{"name"}).empty() && FindString(metadata, FieldPath{"generateName"}).empty()) {
    metadata["generateName"] = fmt::format("{}-", prefix);
  }
  if (const auto ns = FindString(composite, FieldPath{"metadata", "namespace"}); !ns.empty())
    metadata["namespace"] = ns;
  metadata["annotations"][kResourceNameAnnotation] = resource_name;
  metadata["labels"][kCompositeLabel] = prefix;
  if (auto status = AddOwner(composite, metadata); !status.ok()) return status;
  if (FindString(metadata, FieldPath{"name"}).empty()) {
    metadata["name"] = ChildName(FindString(metadata, FieldPath{"generateName"}),
                                 FindString(composite, FieldPath{"metadata", "uid"}), resource_name);
  }
  const auto name = FindString(metadata, FieldPath{"name"});
  if (IsSubdomain(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("its name \"{}\" is no RFC 1123 subdomain", name));
}

}  // namespace agent::cli
