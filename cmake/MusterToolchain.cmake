# What holds for every target: the language, the warnings, the sanitizers, the places of the results.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# For tests: source_directory.hpp.
set(MUSTER_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)
configure_file(${CMAKE_SOURCE_DIR}/cmake/source_directory.hpp.in ${MUSTER_GENERATED_DIR}/source_directory.hpp @ONLY)

set(MUSTER_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize takes them")

find_program(MUSTER_CCACHE ccache)
if(MUSTER_CCACHE)
  # What ccache wants said before it keeps what was compiled with precompiled headers. Those are large: it remembers
  # their hashes instead of reading them for each file.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_INODECACHE=true ${MUSTER_CCACHE})
endif()

add_library(muster_options INTERFACE)
target_compile_options(muster_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Werror -fstack-protector-strong)
target_include_directories(muster_options INTERFACE ${CMAKE_SOURCE_DIR}/src)

# Boost's headers are not ours to warn about.
target_include_directories(muster_options SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(muster_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  $<$<NOT:$<BOOL:${MUSTER_FUZZ}>>:BOOST_ASIO_SEPARATE_COMPILATION>  # in src/base/asio.cpp
  $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -fpch-preprocess is for ccache. Collecting garbage below half a gigabyte takes a tenth of the time.
  target_compile_options(muster_options INTERFACE -fpch-preprocess "SHELL:--param ggc-min-heapsize=524288")
  # g++ 12 reports these on correct code when coroutines and std::variant are optimised together.
  target_compile_options(muster_options INTERFACE
    -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-restrict -Wno-stringop-overflow
    -Wno-array-bounds -Wno-mismatched-new-delete)
else()
  # clang 14 has C++20 coroutines but does not announce them to libstdc++ 12.
  target_compile_definitions(muster_options INTERFACE __cpp_impl_coroutine=201902L)
  target_compile_options(muster_options INTERFACE -Wno-builtin-macro-redefined -Wno-unused-private-field)
endif()

if(MUSTER_SANITIZE)
  target_compile_options(muster_options INTERFACE
    -fsanitize=${MUSTER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(muster_options INTERFACE -fsanitize=${MUSTER_SANITIZE})
  if(MUSTER_SANITIZE MATCHES "thread")
    target_compile_options(muster_options INTERFACE -Wno-tsan)
  endif()
endif()
