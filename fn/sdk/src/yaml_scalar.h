// What an unquoted YAML scalar means to kubectl: the rules of YAML 1.1 as go-yaml v2 has them.
//
//   null       (nothing) ~ null Null NULL
//   boolean    y yes on true, n no off false; also Yes and YES
//   integer    123 +1 -1 0x1F 0o17 017 0b11; underscores are passed over: 1_000
//   float      1.5 .5 5. 1e3 .inf -.inf .nan
//   timestamp  2001-12-14, 2001-12-14 21:59:43.1, 2001-12-14t21:59:43.1-05:00: text in JSON, but quoted when written
//   text       everything else, also 1:30 and what no 64-bit number holds
#pragma once

#include <string_view>

#include "xfn/json.h"

namespace xfn {

struct YamlScalar {
  enum class Type { kNull, kBool, kInt, kFloat, kTimestamp, kText };
  Type type;
  Json value;  // an integral float is an integer, as in JSON made by Go
};

YamlScalar ResolveYamlScalar(std::string_view text);

// NeedsQuotes tells whether `text`, written without quotes, would read as another type, to YAML 1.1 at large: base 60
// numbers (1:30) included.
bool NeedsQuotes(std::string_view text);

}  // namespace xfn
