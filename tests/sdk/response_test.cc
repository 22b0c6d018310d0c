#include "xfn/response.h"

#include <catch2/catch.hpp>

#include "xfn/request.h"
#include "xfn/wire.pb.h"
