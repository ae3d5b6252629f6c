// Plans as text, one step a line, for the plan fuzzer: short enough to mutate, plain enough to
// read.
//
//   policy hide|limit       which policy stands in the way (default hide)
//   mock NAME               a leniency of the mock; several lines add up
//   list                    tools/list
//   call TOOL [JSON]        tools/call; JSON is the arguments
//   cancel N · status N     the cancel or status tool on task N (0..59)
//   advance DURATION        90s, 200ms …, at most a day
//   session                 a new session of the same grant
//   raw BYTES               the rest of the line as one frame
//
// Every text is a plan: lines that say nothing are left out.
#pragma once

#include <string>
#include <string_view>

#include "harness/scenario/plan.h"
#include "harness/scenario/target.h"

namespace gatecrash::fuzz {

struct TextPlan {
  scenario::Plan plan;
  bool limited = false;  // policy limit
};

// Writes into `out`, whose world of 60 tasks is kept.
void read_plan(std::string_view text, TextPlan& out);

// The policies, both in the policylayer dialect, and what they promise about binassist.
std::string_view policy_text(bool limited);
scenario::Promise promise_of(bool limited);

// The same as a self-contained scenario file.
std::string to_scenario(const TextPlan& plan, std::string_view id, std::string_view why);

}  // namespace gatecrash::fuzz
