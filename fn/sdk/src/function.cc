#include "xfn/function.h"

#include <exception>
#include <new>

#include "fmt/format.h"
#include "xfn/status.h"

namespace xfn {
namespace {

absl::StatusOr<std::string> Answer(const Function& function, std::string_view wire) {
  auto request = Request::Parse(wire);
  if (!request.ok()) return request.status();
  Response response(*request);
  if (absl::Status status = function(*request, response); !status.ok()) {
    response = Response(*request);
    response.Fatal(Message(status));
  }
  std::string bytes = response.Serialize();
  if (bytes.size() <= kMaxResponseBytes) return bytes;
  return absl::ResourceExhaustedError(
      fmt::format("cannot send response: its {} bytes are over the limit of {} that Crossplane sets", bytes.size(),
                  kMaxResponseBytes));
}

}  // namespace

absl::StatusOr<std::string> Call(const Function& function, std::string_view request) {
  try {
    return Answer(function, request);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("cannot run function: out of memory");
  } catch (const std::exception& e) {
    return absl::InternalError(fmt::format("cannot run function: {}", e.what()));
  } catch (...) {
    return absl::InternalError("cannot run function: it threw what is no std::exception");
  }
}

}  // namespace xfn
