# One CTest per class of scenarios (the first part of their ids, which is the name of their folder) and
# gateway, against the known gaps of that gateway. The classes are asked of the built program, so a new
# file or folder needs no edit here. Each writes what became of every scenario as JUnit to
# <build>/scenarios/<gateway>/<class>.xml; scenario/complete checks that no scenario is missing there.
set(scenario_tests ${CMAKE_BINARY_DIR}/scenario_tests.cmake)
file(GLOB_RECURSE scenario_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/scenarios/*)
add_custom_command(
  OUTPUT ${scenario_tests}
  COMMAND ${CMAKE_COMMAND} -DREPLAY=$<TARGET_FILE:replay> -DSOURCE=${CMAKE_SOURCE_DIR}
          -DRESULTS=${CMAKE_BINARY_DIR}/scenarios -DOUTPUT=${scenario_tests}
          -P ${CMAKE_SOURCE_DIR}/tests/scenario_tests.cmake
  DEPENDS replay ${scenario_files} ${CMAKE_SOURCE_DIR}/tests/scenario_tests.cmake
          ${CMAKE_SOURCE_DIR}/tests/scenario_list.cmake
  COMMENT "Listing classes of scenarios for CTest" VERBATIM)
add_custom_target(scenario_tests ALL DEPENDS ${scenario_tests})
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${scenario_tests})
include(${CMAKE_SOURCE_DIR}/tests/programs.cmake)
