// FieldErrors: every mistake in an object, worded and sorted as the Kubernetes API server words and sorts them.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xfn/field_path.h"
#include "xfn/json.h"

namespace xfn {

// FieldErrors collects violations; the order in which they are found does not matter, and finding one twice neither.
//
//   FieldErrors errors;
//   errors.Required(FieldPath{"spec", "image"});
//   errors.Invalid(FieldPath{"spec", "natsUrl"}, "http://x", "must start with nats://, tls://, ws:// or wss://");
//   errors.ToString();
//     // spec.image: Required value
//     // spec.natsUrl: Invalid value: "http://x": must start with nats://, tls://, ws:// or wss://
class FieldErrors {
 public:
  void Required(const FieldPath& path, std::string_view why = "");
  void Invalid(const FieldPath& path, const Json& value, std::string_view why);
  void NotSupported(const FieldPath& path, const Json& value, const std::vector<std::string>& supported);
  void Forbidden(const FieldPath& path, std::string_view why);
  void TooLong(const FieldPath& path, std::size_t limit);

  bool empty() const { return violations_.empty(); }
  std::size_t size() const { return violations_.size(); }

  // ToString gives one line per violation, sorted by path (list items by number), without a newline at the end.
  std::string ToString() const;

  // Append takes over the violations of `other`.
  void Append(const FieldErrors& other);

 private:
  void Add(const FieldPath& path, std::string text, std::string_view why);

  std::set<std::pair<FieldPath, std::string>> violations_;  // where, what
};

}  // namespace xfn
