// The JetStream values that Stream, Consumer, Deployment and ScaledObject must agree on.
//
// A job may take as long as kJobTimeout. From it follow the time after which NATS hands an unacknowledged job to
// another worker, and the time that a stopping pod gets to finish its job. Durations that NACK reads are Go durations.
#pragma once

#include <string_view>

namespace agent {

inline constexpr int kJobTimeoutSeconds = 300;
inline constexpr std::string_view kAckWait = "5m";  // = kJobTimeoutSeconds
inline constexpr int kTerminationGracePeriodSeconds = kJobTimeoutSeconds + 15;

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
