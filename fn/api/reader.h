// ObjectReader walks an object of the API and notes everything that is wrong with it, so that a user sees all mistakes
// at once. A missing or wrong value reads as its default, and reading goes on.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/rules.h"
#include "xfn/field_error.h"
#include "xfn/field_path.h"
#include "xfn/json.h"

namespace agent {

// Findings is what reading an object brought to light.
struct Findings {
  xfn::FieldErrors errors;
  // Paths of fields that this version does not know; they have no effect and are no error, since the object may come
  // from a newer or older API.
  std::vector<std::string> unknown;
};

// ObjectReader reads the fields of one object. Fields that were not asked for are reported as unknown by Finish.
// Not copyable: each object is read once. `object` and `findings` must outlive it.
class ObjectReader {
 public:
  // A null `object` reads as an empty one.
  ObjectReader(const xfn::Json* object, xfn::FieldPath path, Findings& findings);
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  bool Has(std::string_view key);
  const xfn::FieldPath& path() const { return path_; }

  std::string Required(std::string_view key, const Rule& rule);
  std::string Optional(std::string_view key, const Rule& rule, std::string_view otherwise);
  std::string OneOf(std::string_view key, const std::vector<std::string>& values, std::string_view otherwise);
  std::vector<std::string> List(std::string_view key, const Rule& rule, std::size_t max_items);
  int Integer(std::string_view key, int min, int max, int otherwise);

  // Quantity returns the text of a resource quantity; a bare integer is one too.
  std::string Quantity(std::string_view key);

  // Child returns what stands at `key` for a reader of its own: null when absent or no object.
  const xfn::Json* Child(std::string_view key);

  // Ignore marks keys as known.
  void Ignore(std::initializer_list<std::string_view> keys);

  // Keys of the object, sorted.
  std::vector<std::string> Keys() const;

  void Finish();

 private:
  const xfn::Json* Get(std::string_view key);
  std::string Text(const xfn::FieldPath& path, const xfn::Json& value, const Rule& rule);

  const xfn::Json* object_;
  xfn::FieldPath path_;
  Findings& findings_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace agent
