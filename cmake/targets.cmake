# How every target of this project is compiled. Flags belong to targets, never to the directory.

# xfn_paths(TARGET): paths in debug information that do not name this machine. So ccache also finds what another clone compiled.
function(xfn_paths target)
  target_compile_options(${target} PRIVATE -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
endfunction()

# xfn_target(TARGET): warnings, sections, sanitizers, and those paths.
function(xfn_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Woverloaded-virtual -Wconversion
    -ffunction-sections -fdata-sections)
  xfn_paths(${target})
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
