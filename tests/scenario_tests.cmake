# Script: writes CTest lines for every scenario file that `REPLAY list scenarios` names to OUTPUT: one for
# the reference gateway and one for the released proxy, each on all targets, against its known gaps.
execute_process(COMMAND ${REPLAY} list scenarios --json ./scenarios
                WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE listing RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "`replay list scenarios` ended with ${code}")
endif()
string(JSON count LENGTH "${listing}" scenarios)
if(count EQUAL 0)
  message(FATAL_ERROR "`replay list scenarios` names no scenario")
endif()
set(lines "")
set(attacks "")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON id GET "${listing}" scenarios ${i} id)
  string(REGEX REPLACE "@.*" "" attack "${id}")
  list(APPEND attacks "${attack}")
endforeach()
list(REMOVE_DUPLICATES attacks)
foreach(attack IN LISTS attacks)
  string(REGEX REPLACE "([.+*?^$()|\\[]|])" "\\\\\\1" pattern "${attack}")
  foreach(run reference:published intercept-1.1:intercept-1.1)
    string(REGEX MATCH "^([^:]+):(.+)$" _ ${run})
    set(name "scenario/${CMAKE_MATCH_1}/${attack}")
    string(APPEND lines
      "add_test([==[${name}]==] \"${REPLAY}\" scenarios --run [==[^${pattern}(@|$)]==] -j1 --allow-empty"
      " --gateway ${CMAKE_MATCH_1} --expected scenarios/${CMAKE_MATCH_2}.expected.yaml)\n"
      "set_tests_properties([==[${name}]==] PROPERTIES WORKING_DIRECTORY \"${SOURCE}\" TIMEOUT 120)\n")
  endforeach()
endforeach()
file(WRITE ${OUTPUT} "${lines}")
