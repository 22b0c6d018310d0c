# How every target of this project is compiled. Flags belong to targets, never to the directory.

# xfn_target(TARGET): warnings, sanitizers, and paths in debug information that do not name this machine.
function(xfn_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Woverloaded-virtual -Wconversion
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffunction-sections -fdata-sections)
  if(XFN_SANITIZE)
    # GCC's own headers trip over this one under its sanitizers.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_compile_options(${target} PUBLIC -fsanitize=${XFN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${XFN_SANITIZE})
  endif()
endfunction()

# xfn_program(TARGET): also how it is linked.
function(xfn_program target)
  xfn_target(${target})
  target_link_options(${target} PRIVATE -Wl,--gc-sections $<$<BOOL:${XFN_STATIC}>:-static>)
endfunction()
