# Every outside library under the one name that this project's targets use: deps::NAME. Why each one is used:
# docs/architecture.md. The file is installed with the SDK, whose package includes it, so both always agree.
#
# XFN_STATIC takes the archives from pkg-config: the CMake packages of gRPC and Abseil know their shared libraries only.
include_guard(GLOBAL)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)  # protoc
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)

# xfn_dependency(NAME LIBRARY...): deps::NAME stands for the libraries.
function(xfn_dependency name)
  add_library(deps::${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(deps::${name} INTERFACE ${ARGN})
endfunction()

xfn_dependency(json nlohmann_json::nlohmann_json)
xfn_dependency(flags CLI11::CLI11)
# Header-only on purpose: Debian ships no static archive of fmt.
xfn_dependency(format fmt::fmt-header-only)

if(XFN_STATIC)
  pkg_check_modules(GRPCPP REQUIRED grpc++ protobuf)
  set(archives ${GRPCPP_STATIC_LDFLAGS})
  list(REMOVE_ITEM archives -pthread)
  xfn_dependency(grpc
    -lgrpc++_reflection -Wl,--start-group ${archives} -lssl -lcrypto -lre2 -Wl,--end-group Threads::Threads ${CMAKE_DL_LIBS})
  xfn_dependency(protobuf deps::grpc)
  xfn_dependency(absl deps::grpc)
  xfn_dependency(ssl deps::grpc)
  xfn_dependency(re2 deps::grpc)
  xfn_dependency(yaml -lyaml-cpp)
  xfn_dependency(http -levent)
  find_program(XFN_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
else()
  find_package(absl CONFIG REQUIRED)
  find_package(gRPC CONFIG REQUIRED)
  find_package(OpenSSL REQUIRED)
  pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET GLOBAL re2)
  pkg_check_modules(YAML_CPP REQUIRED IMPORTED_TARGET GLOBAL yaml-cpp)
  pkg_check_modules(EVENT REQUIRED IMPORTED_TARGET GLOBAL libevent)
  xfn_dependency(grpc gRPC::grpc++ gRPC::grpc++_reflection)
  xfn_dependency(protobuf protobuf::libprotobuf)
  xfn_dependency(absl absl::status absl::statusor absl::strings absl::time absl::int128)
  xfn_dependency(ssl OpenSSL::SSL OpenSSL::Crypto)
  xfn_dependency(re2 PkgConfig::RE2)
  xfn_dependency(yaml PkgConfig::YAML_CPP)
  xfn_dependency(http PkgConfig::EVENT)
  set(XFN_GRPC_PLUGIN $<TARGET_FILE:gRPC::grpc_cpp_plugin>)
endif()
