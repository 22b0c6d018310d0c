#include "xfn/field_error.h"

#include <catch2/catch.hpp>

namespace xfn {
namespace {

TEST_CASE("FieldErrors words violations as the API server does") {
  struct Row {
    const char* reason;
    void (*add)(FieldErrors&);
    const char* line;
  };
  static const FieldPath path = {"spec", "x"};
  const Row rows[] = {
      {"required", [](FieldErrors& e) { e.Required(path); }, "spec.x: Required value"},
      {"required, why", [](FieldErrors& e) { e.Required(path, "set a or b"); }, "spec.x: Required value: set a or b"},
      {"text", [](FieldErrors& e) { e.Invalid(path, "a\"b", "no"); }, R"(spec.x: Invalid value: "a\"b": no)"},
      {"number", [](FieldErrors& e) { e.Invalid(path, 5, "no"); }, "spec.x: Invalid value: 5: no"},
      {"object",
       [](FieldErrors& e) {
         e.Invalid(path, {{"a", 1}}, "no");
       },
       R"(spec.x: Invalid value: {"a":1}: no)"},
      {"not UTF-8", [](FieldErrors& e) { e.Invalid(path, "\xff", "no"); }, "spec.x: Invalid value: \"\uFFFD\": no"},
      {"enum",
       [](FieldErrors& e) {
         e.NotSupported(path, "c", {"a", "b"});
       },
       R"(spec.x: Unsupported value: "c": supported values: "a", "b")"},
      {"enum, none", [](FieldErrors& e) { e.NotSupported(path, "c", {}); }, R"(spec.x: Unsupported value: "c")"},
      {"forbidden", [](FieldErrors& e) { e.Forbidden(path, "immutable"); }, "spec.x: Forbidden: immutable"},
      {"too long", [](FieldErrors& e) { e.TooLong(path, 63); }, "spec.x: Too long: may not be more than 63 bytes"},
      {"one byte", [](FieldErrors& e) { e.TooLong(path, 1); }, "spec.x: Too long: may not be more than 1 byte"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    FieldErrors errors;
    CHECK(errors.empty());
    row.add(errors);
    CHECK(errors.size() == 1);
    CHECK(errors.ToString() == row.line);
  }
}

TEST_CASE("FieldErrors sorts by path, list items by number, and tells each violation once") {
  FieldErrors errors;
  errors.Forbidden({"spec", "env", std::size_t{10}}, "b");
  errors.Forbidden({"spec", "env", std::size_t{9}}, "b");
  errors.Required({"spec"});
  FieldErrors more;
  more.Forbidden({"spec", "env", std::size_t{9}}, "a");
  more.Forbidden({"spec", "env", std::size_t{9}}, "b");
  errors.Append(more);
  CHECK(errors.size() == 4);
  CHECK(errors.ToString() ==
        "spec: Required value\n"
        "spec.env[9]: Forbidden: a\n"
        "spec.env[9]: Forbidden: b\n"
        "spec.env[10]: Forbidden: b");
}

}  // namespace
}  // namespace xfn
