// FieldErrors: every mistake in an object, worded and sorted as the Kubernetes API server words and sorts them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xfn/field_path.h"
#include "xfn/json.h"

namespace xfn {

// FieldErrors collects violations; the order in which they are found does not matter.
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

  bool empty() const { return lines_.empty(); }
  std::size_t size() const { return lines_.size(); }

  // ToString gives one line per violation, sorted by path, without a newline at the end.
  std::string ToString() const;

  // Append takes over the violations of `other`.
  void Append(const FieldErrors& other);

 private:
  struct Line {
    std::string path;
    std::string text;
  };
  void Add(const FieldPath& path, std::string text);
  std::vector<Line> lines_;
};

}  // namespace xfn
