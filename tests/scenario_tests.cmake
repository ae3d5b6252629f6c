# Script: writes to OUTPUT the CTests of tests/scenarios.cmake. They run REPLAY in the folder SOURCE, and
# their JUnit files go to the folder RESULTS.
include(${CMAKE_CURRENT_LIST_DIR}/scenario_list.cmake)
list_scenarios(ids)
list(TRANSFORM ids REPLACE "[/@].*" "" OUTPUT_VARIABLE classes)
list(REMOVE_DUPLICATES classes)
set(lines "")
foreach(run reference:published,known_gaps intercept-1.1:intercept-1.1)
  string(REGEX MATCH "^([^:]+):(.+)$" _ ${run})
  set(gateway ${CMAKE_MATCH_1})
  string(REPLACE "," ";" files ${CMAKE_MATCH_2})
  list(TRANSFORM files REPLACE "(.+)" "--expected scenarios/\\1.expected.yaml")
  list(JOIN files " " expected)
  foreach(class IN LISTS classes)
    set(name scenario/${gateway}/${class})
    set(file ${RESULTS}/${gateway}/${class}.xml)
    string(REPLACE "." "\\." pattern ${class})
    # The released proxy reads no policy that asks for approvals.
    set(empty "")
    if(name STREQUAL "scenario/intercept-1.1/apr")
      set(empty --allow-empty)
    endif()
    # Filtered with --run: the whole pack is there, so that what is expected of other classes is not stale.
    string(APPEND lines
      "add_test([==[${name}]==] [==[${REPLAY}]==] scenarios --run [==[^${pattern}(/|@|$)]==] --shard 1/1 -j1"
      " --gateway ${gateway} ${expected} ${empty} --report [==[junit=${file}]==])\n"
      "set_tests_properties([==[${name}]==] PROPERTIES WORKING_DIRECTORY [==[${SOURCE}]==]"
      " TIMEOUT 3600 FIXTURES_SETUP scenarios)\n")
  endforeach()
endforeach()
string(APPEND lines
  "add_test(scenario/complete [==[${CMAKE_COMMAND}]==] [==[-DREPLAY=${REPLAY}]==] [==[-DSOURCE=${SOURCE}]==]"
  " [==[-DRESULTS=${RESULTS}]==] -P [==[${CMAKE_CURRENT_LIST_DIR}/scenarios_complete.cmake]==])\n"
  "set_tests_properties(scenario/complete PROPERTIES FIXTURES_REQUIRED scenarios TIMEOUT 3600)\n")
# Results of classes that are there no more would be counted.
file(REMOVE_RECURSE ${RESULTS})
file(WRITE ${OUTPUT} "${lines}")
