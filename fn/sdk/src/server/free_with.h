// FreeWith makes the free function of a C library the deleter of a std::unique_ptr.
#pragma once

namespace xfn {

template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

}  // namespace xfn
