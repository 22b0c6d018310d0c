// What gRPC itself has to say, in our log.
#pragma once

namespace xfn::log {

// TakeOverGrpcLog turns gRPC's error messages into lines of ours, one per 10 s, since any client can provoke them. With
// a gRPC that logs through Abseil (1.66 and later) it does nothing.
void TakeOverGrpcLog();

}  // namespace xfn::log
