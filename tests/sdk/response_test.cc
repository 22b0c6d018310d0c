#include "xfn/request.h"

#include <catch2/catch.hpp>

#include "xfn/response.h"
#include "xfn/wire.pb.h"
