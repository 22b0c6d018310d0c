// Any text is either refused or read; what is read can be written and read again, unchanged.
#include "fuzz/check.h"
#include "xfn/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto documents = xfn::ParseYaml({reinterpret_cast<const char*>(data), size});
  if (!documents.ok()) return 0;
  for (const xfn::Json& document : *documents) {
    const auto again = xfn::ParseYaml(xfn::ToYaml(document));
    xfn::Check(again.ok(), "ToYaml wrote what ParseYaml refuses");
    xfn::Check(again->size() == 1 && again->front() == document, "ToYaml wrote something else");
  }
  return 0;
}
