// FieldPath: where a value stands in a Kubernetes object.
//
//   path    = ( name | bracket ) { "." name | bracket }
//   bracket = "[" index "]" | "[" key "]"
//   name    = characters other than . [ ]
//   index   = decimal digits
//   key     = characters other than [ ], not all digits; for keys that hold dots
//
// Valid:   spec.image   spec.env[0].name   metadata.labels[app.kubernetes.io/name]
// Invalid: (empty)   .spec   spec.   spec..image   spec[   spec[]   spec]x   spec[0]x
#pragma once

#include <compare>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "xfn/json.h"

namespace xfn {

class FieldPath {
 public:
  using Segment = std::variant<std::string, std::size_t>;  // a key, or an index into a list

  FieldPath() = default;
  FieldPath(std::initializer_list<Segment> segments) : segments_(segments) {}
  explicit FieldPath(std::vector<Segment> segments) : segments_(std::move(segments)) {}

  // Parse reads the grammar above. Errors: INVALID_ARGUMENT, naming the position.
  static absl::StatusOr<FieldPath> Parse(std::string_view text);

  // Child paths, for walking down: FieldPath{"spec"}.Key("env").Index(0) is spec.env[0].
  FieldPath Key(std::string_view key) const;
  FieldPath Index(std::size_t index) const;

  const std::vector<Segment>& segments() const { return segments_; }

  // ToString is what Parse reads, except that no path can spell keys that are empty or hold [ or ].
  std::string ToString() const;

  // The order of a tree walk: a path before what is below it, list items by number.
  friend auto operator<=>(const FieldPath&, const FieldPath&) = default;
  friend bool operator==(const FieldPath&, const FieldPath&) = default;

 private:
  std::vector<Segment> segments_;
};

// Find returns what stands at `path`, or null when any part of it is absent. The pointer lives as long as `root`.
const Json* Find(const Json& root, const FieldPath& path);
Json* Find(Json& root, const FieldPath& path);

// FindString returns the text at `path`, or "" when it is absent or no text. Lives as long as `root`.
std::string_view FindString(const Json& root, const FieldPath& path);

// FindInt returns the integer at `path`, or `otherwise` when it is absent or no integer.
long long FindInt(const Json& root, const FieldPath& path, long long otherwise);

}  // namespace xfn
