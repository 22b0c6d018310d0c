// A fuzz target that finds something says what, and dies.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace xfn {

inline void Check(bool holds, std::string_view what) {
  if (holds) return;
  std::cerr << what << "\n";
  std::abort();
}

}  // namespace xfn
