# Compiles a text file into a room. The template, a x.cpp.in below the room's folder, says @MUSTER_EMBEDDED_TEXT@
# where the text goes.
#
#   muster_embed(dialect admin/openapi.cpp.in ${CMAKE_SOURCE_DIR}/docs/reference/openapi.json)
function(muster_embed room template file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} MUSTER_EMBEDDED_TEXT)
  string(REGEX REPLACE "\\.in$" "" source ${template})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${room}/${source})
  configure_file(${CMAKE_SOURCE_DIR}/src/${room}/${template} ${source} @ONLY)
  target_sources(muster_${room} PRIVATE ${source})
endfunction()
