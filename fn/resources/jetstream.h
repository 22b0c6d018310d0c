// The JetStream values that Stream, Consumer, Deployment and ScaledObject must agree on.
//
// Durations that NACK reads are Go durations.
#pragma once

#include <string_view>

namespace agent {

inline constexpr int kMinReplicas = 1;
inline constexpr int kMaxReplicas = 10;
inline constexpr int kConcurrency = 1;  // jobs that one replica works on at once
inline constexpr int kLagThreshold = 5;

// Shared by all replicas of a durable consumer; below kMaxReplicas × kConcurrency some would get no work.
inline constexpr int kMaxAckPending = 2 * kMaxReplicas * kConcurrency;

inline constexpr int kMaxDeliver = 5;
inline constexpr std::string_view kStreamMaxAge = "168h";
inline constexpr long long kStreamMaxBytes = 256LL * 1024 * 1024;  // NATS reserves it on disk
inline constexpr std::string_view kDuplicateWindow = "2m";

}  // namespace agent
