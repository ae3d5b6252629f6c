// `replay explain --policy P --call JSON`: one decision, told step by step.
#pragma once

#include <string>
#include <vector>

namespace gatecrash::cli {

struct CallQuestion {
  std::string policy;
  std::string dialect;
  std::string semantics = "hardened";
  bool lenient = false;
  std::string call;  // {"tool": …, "args": …}
  std::string at;    // RFC 3339; empty: where every plan starts
  std::string principal;
  std::vector<std::string> state;  // what was before: `LIMIT=AMOUNT[@TIME]`, `approved`, `denied`
  bool json = false;
};

int explain_call(const CallQuestion& question);

}  // namespace gatecrash::cli
