# `cmake --install BUILD --component sdk --prefix P` installs what a function elsewhere needs; there:
#
#   find_package(xfn CONFIG REQUIRED)
#   target_link_libraries(my-function PRIVATE xfn::server)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/xfn)

set_target_properties(xfn_sdk PROPERTIES EXPORT_NAME sdk)
set_target_properties(xfn_server PROPERTIES EXPORT_NAME server)
set_target_properties(xfn_messages PROPERTIES EXPORT_NAME messages)
set_target_properties(xfn_services PROPERTIES EXPORT_NAME services)

install(TARGETS xfn_sdk xfn_server xfn_messages xfn_services EXPORT xfnTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk)
install(DIRECTORY xfn DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk FILES_MATCHING PATTERN "*.h")
install(EXPORT xfnTargets NAMESPACE xfn:: DESTINATION ${package_dir} COMPONENT sdk)

# The exported targets name deps::NAME, which dependencies.cmake defines.
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/xfnConfig.cmake [[
include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/xfnTargets.cmake)
]])
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/xfnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/xfnConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/xfnConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
  DESTINATION ${package_dir} COMPONENT sdk)
