# One CTest per scenario file and gateway: each is run alone, on every target it fits, against the known gaps.
# Which scenarios there are is asked of the built program, so a new attack or target needs no edit here.
set(scenario_tests ${CMAKE_BINARY_DIR}/scenario_tests.cmake)
file(GLOB_RECURSE scenario_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/scenarios/*)
add_custom_command(
  OUTPUT ${scenario_tests}
  COMMAND ${CMAKE_COMMAND} -DREPLAY=$<TARGET_FILE:replay> -DSOURCE=${CMAKE_SOURCE_DIR}
          -DOUTPUT=${scenario_tests} -P ${CMAKE_SOURCE_DIR}/tests/scenario_tests.cmake
  DEPENDS replay ${scenario_files} ${CMAKE_SOURCE_DIR}/tests/scenario_tests.cmake
  COMMENT "Listing scenarios for CTest" VERBATIM)
add_custom_target(scenario_tests ALL DEPENDS ${scenario_tests})
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${scenario_tests})
include(${CMAKE_SOURCE_DIR}/tests/programs.cmake)
