# The headers from outside that most files include, compiled once for all files that are compiled alike. This only saves
# time: every file includes what it uses. clang goes without, and so do the presets "tidy" and "fuzz": CMake gives it
# absolute paths in a way that ccache does not see through, so that nothing would be found for another checkout.
option(MUSTER_PRECOMPILED_HEADERS "Compile the headers that most files include once for all of them" ON)

set(standard_headers <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <optional> <span> <stdexcept>
    <string> <string_view> <utility> <variant> <vector>)
set(json_headers <boost/json/array.hpp> <boost/json/object.hpp> <boost/json/parse.hpp> <boost/json/serialize.hpp>
    <boost/json/value.hpp>)
set(test_headers <gtest/gtest.h> <filesystem> <fstream> <boost/asio/io_context.hpp>)

set(MUSTER_HEADERS_room ${standard_headers} <boost/asio/awaitable.hpp>)
set(MUSTER_HEADERS_json_room ${MUSTER_HEADERS_room} ${json_headers})
set(MUSTER_HEADERS_room_test ${MUSTER_HEADERS_room} ${test_headers})
set(MUSTER_HEADERS_json_room_test ${MUSTER_HEADERS_json_room} ${test_headers})

# muster_precompile(target kind): the kinds are those above. The first target of a kind compiles its headers, the others
# take what it has compiled; g++ refuses (-Winvalid-pch) where their options differ.
function(muster_precompile target kind)
  if(NOT MUSTER_PRECOMPILED_HEADERS OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  get_property(owner GLOBAL PROPERTY muster_precompiled_${kind})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE ${MUSTER_HEADERS_${kind}})
    set_property(GLOBAL PROPERTY muster_precompiled_${kind} ${target})
  endif()
endfunction()
