// Merged: the composite of the user with what Crossplane writes into it, for `render --full-xr`.
#pragma once

#include "xfn/json.h"

namespace agent::cli {

// Merged lays `top` over `base`: objects are merged, every other value of `top` replaces that of `base`, unless it is
// empty (null, false, 0, "", [], {}), as in `crossplane render`.
xfn::Json Merged(xfn::Json base, const xfn::Json& top);

}  // namespace agent::cli
