// On any bytes, the codec agrees with protobuf's own Struct.
#include "fuzz/check.h"
#include "sdk/struct_oracle.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const google::protobuf::LogSilencer quiet;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string disagreement = xfn::Disagreement(bytes);
  xfn::Check(disagreement.empty(), disagreement);
  static_cast<void>(xfn::DecodeStruct(bytes, {{"metadata", "managedFields"}}));
  return 0;
}
