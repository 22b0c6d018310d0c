// Kind is the contract between composing and the rooms of this folder, one room per composed kind: what it must look
// like, whether it is ready, what may never change. To add one: CONTRIBUTING.md, "Adding a kind".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/agent_executor.h"
#include "api/names.h"
#include "api/platform_defaults.h"
#include "xfn/json.h"

namespace agent {

// Plan is all that a composed object is built from.
struct Plan {
  AgentExecutor executor;
  PlatformDefaults platform;
  Names names;
};

// Reason is the short word of a condition; the list is closed, since people and Argo CD health checks read it.
enum class Reason {
  kValid,       // the spec is what the API allows
  kAvailable,   // exists and works
  kRunning,     // the worker runs
  kAsleep,      // the worker is healthy and scaled to zero
  kPaused,      // autoscaling is paused by annotation, healthy otherwise
  kWaiting,     // for something named in the message
  kRollingOut,  // a new version is on its way
  kDegraded,    // does not work; the message says what to do about it
  kInvalid,     // the spec, or what it asks for, cannot be
};
std::string_view ReasonName(Reason reason);

// Assessment is what an observed object says about itself. The message is "" when there is nothing to say; it holds no
// counters and no times, since each change of a message is a transition of the condition.
struct Assessment {
  bool ready = false;
  Reason reason = Reason::kWaiting;
  std::string message;
};

// Wait is what the creation of an object waits for. Once it exists it stays desired, whatever becomes of the other.
struct Wait {
  enum class Until { kExists, kReady };
  std::string_view key;
  Until until;
};

// Immutable is a field that the server behind the object cannot change: the observed value is kept.
struct Immutable {
  std::string_view path;  // field_path.h
  std::string_view why;
};

struct Kind {
  std::string_view key;        // composition resource name: prefixed, so that other steps' names do not collide
  std::string_view noun;       // for messages: Stream
  std::string_view condition;  // the condition it is reported under
  std::string (*name)(const Names&);
  xfn::Json (*build)(const Plan&);
  Assessment (*assess)(const xfn::Json& observed);
  std::span<const Wait> after = {};
  bool after_secrets = false;  // its creation waits for the Secrets that the worker needs, too
  std::span<const Immutable> immutable = {};
  // Keep puts names that the observed object fixes for ever back into the spec, so that all objects go on agreeing, and
  // appends a sentence for each. Null when there are none.
  void (*keep)(const xfn::Json& observed, AgentExecutor& executor, std::vector<std::string>& kept) = nullptr;
};

// Kinds lists every composed kind in creation order (kinds.def).
std::span<const Kind* const> Kinds();

}  // namespace agent
