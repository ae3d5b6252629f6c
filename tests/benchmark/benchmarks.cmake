# tests/benchmark/<name>_benchmark.cc becomes bin/benchmark_<name>; `benchmarks` builds all of them.
# With tests in the build, CTest starts each for a moment (label `benchmark`), and the other parts of
# tests/benchmark/run. In CI a missing Google Benchmark is an error: else none would be built unseen.
find_package(benchmark QUIET)
if(NOT benchmark_FOUND)
  if("$ENV{CI}" STREQUAL "true")
    message(FATAL_ERROR "Google Benchmark is not installed (libbenchmark-dev)")
  endif()
  message(STATUS "Google Benchmark is not installed: no benchmarks")
  return()
endif()

# The floor of the stdio rows.
if(NOT TARGET byte-relay)
  add_executable(byte-relay EXCLUDE_FROM_ALL tests/programs/byte_relay_main.cc)
  target_link_libraries(byte-relay PRIVATE gatecrash_settings)
endif()

get_property(entries GLOBAL PROPERTY GATECRASH_FOLDERS)
list(TRANSFORM entries REPLACE "^[0-9]+:" "" OUTPUT_VARIABLE all_folders)
list(REVERSE all_folders)
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/benchmark/*_benchmark.cc)
add_custom_target(benchmarks)
set(parts fuzz peers)
foreach(source IN LISTS sources)
  get_filename_component(part ${source} NAME_WE)
  string(REGEX REPLACE "_benchmark$" "" part ${part})
  list(APPEND parts ${part})
  add_executable(benchmark_${part} ${source})
  target_link_libraries(benchmark_${part} PRIVATE ${all_folders} benchmark::benchmark_main)
  target_compile_definitions(benchmark_${part} PRIVATE
    GATECRASH_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # What some of them start.
  add_dependencies(benchmark_${part} replay policy-gateway mock-server byte-relay)
  add_dependencies(benchmarks benchmark_${part})
endforeach()

if(GATECRASH_TESTS)
  foreach(part IN LISTS parts)
    add_test(NAME benchmark/${part} COMMAND ${CMAKE_SOURCE_DIR}/tests/benchmark/run --smoke
             --build ${CMAKE_BINARY_DIR} ${part})
    set_tests_properties(benchmark/${part} PROPERTIES LABELS benchmark SKIP_RETURN_CODE 77)
  endforeach()
  set_tests_properties(benchmark/fuzz PROPERTIES RUN_SERIAL ON)  # builds
endif()
