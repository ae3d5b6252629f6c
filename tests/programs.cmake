# What tests start: the three programs, and tests/programs/<name>_main.cc as bin/<name> with - for _.
file(GLOB mains RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS tests/programs/*_main.cc)
set(test_programs replay policy-gateway mock-server)
foreach(main IN LISTS mains)
  get_filename_component(program ${main} NAME_WE)
  string(REGEX REPLACE "_main$" "" program ${program})
  string(REPLACE "_" "-" program "${program}")
  add_executable(${program} ${main})
  target_link_libraries(${program} PRIVATE gatecrash_settings)
  list(APPEND test_programs ${program})
endforeach()
# They are found beside the test program, in bin/.
add_dependencies(gatecrash_tests ${test_programs})
foreach(folder replay cli)
  if(TARGET test_${folder})
    add_dependencies(test_${folder} ${test_programs})
    target_link_libraries(test_${folder} PRIVATE harness_cli)
  endif()
endforeach()

# The official TypeScript client against our programs.
foreach(script gateway mocks)
  add_test(NAME sdk/${script} COMMAND ${CMAKE_SOURCE_DIR}/tests/sdk/run ${script}.mjs
           ${CMAKE_BINARY_DIR}/bin ${CMAKE_BINARY_DIR}/scratch/sdk)
  set_tests_properties(sdk/${script} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 3600)
endforeach()
