# Script: writes CTest lines for every scenario that `REPLAY list scenarios` names to OUTPUT.
execute_process(COMMAND ${REPLAY} list scenarios --json scenarios
                WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE listing RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "`replay list scenarios` ended with ${code}")
endif()
string(JSON count LENGTH "${listing}" scenarios)
if(count EQUAL 0)
  message(FATAL_ERROR "`replay list scenarios` names no scenario")
endif()
set(lines "")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON id GET "${listing}" scenarios ${i} id)
  string(REGEX REPLACE "([.+*?^$()|\\[]|])" "\\\\\\1" pattern "${id}")
  string(APPEND lines
    "add_test([==[scenario/${id}]==] \"${REPLAY}\" scenarios --run [==[^${pattern}$]==]"
    " --gateway reference,intercept-1.1 --expected scenarios/published.expected.yaml -j1)\n"
    "set_tests_properties([==[scenario/${id}]==] PROPERTIES WORKING_DIRECTORY \"${SOURCE}\" TIMEOUT 120)\n")
endforeach()
file(WRITE ${OUTPUT} "${lines}")
