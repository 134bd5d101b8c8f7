# A room is a folder under src/ and a library of the same name. Unit tests sit beside the code:
# x_test.cpp tests x.cpp, and all of a room's tests make one executable.
#
#   muster_room(codec LINKS base crypto LIBRARIES OpenSSL::Crypto TEST_LIBRARIES store)
#
# LINKS names rooms, and only rooms that stand further in (docs/architecture.md); LIBRARIES are those from
# outside that stay private to the room; TEST_LIBRARIES are further rooms or libraries that its tests use.
function(muster_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS;LIBRARIES;TEST_LIBRARIES" ${ARGN})
  string(REPLACE "/" "_" target ${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  set(rooms)
  foreach(room IN LISTS ROOM_LINKS)
    string(REPLACE "/" "_" room ${room})
    list(APPEND rooms muster_${room})
  endforeach()

  add_library(muster_${target} STATIC ${sources})
  target_link_libraries(muster_${target} PUBLIC muster_options ${rooms} PRIVATE ${ROOM_LIBRARIES})
  set(kind room)
  if(Boost::json IN_LIST ROOM_LIBRARIES)
    set(kind json_room)
  endif()
  muster_precompile(muster_${target} ${kind})

  if(MUSTER_TESTS AND tests)
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE muster_${target} ${ROOM_LIBRARIES} ${ROOM_TEST_LIBRARIES} GTest::gtest_main)
    muster_precompile(${target}_test ${kind}_test)
    target_include_directories(${target}_test PRIVATE ${MUSTER_GENERATED_DIR})
    add_test(NAME ${target} COMMAND ${target}_test)
    set_tests_properties(${target} PROPERTIES LABELS unit)
  endif()
endfunction()
