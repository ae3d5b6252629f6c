#include "harness/cli/verb.h"

namespace gatecrash::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> kVerbs{
      {"run", "replay attacks against policies and judge what the upstream did (default)",
       run_main},
      {"check", "read and lint policies, targets and scenarios; starts nothing", check_main},
      {"list", "what there is: attacks, targets, mocks, oracles, gateways, personalities, faults",
       list_main},
      {"explain", "a scenario expanded, a finding, or one decision: the path through the rules",
       explain_main},
      {"decide", "decide calls by a policy: JSON lines in, one decision line each out",
       decide_main},
      {"judge", "judge a saved case again, without running anything", judge_main},
  };
  return kVerbs;
}

}  // namespace gatecrash::cli
