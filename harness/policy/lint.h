// What a policy says and its author probably did not mean: policy-semantics.md section 3.
//
// A lint of severity error means that an attack gets through, or that the policy does not do what
// it appears to do; a warning means that it depends. Every finding has a place, an explanation
// (message), a fix (hint) and a stable id. Lints that need to know the server take its tools as
// plain data and stay silent without them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/policy/policy.h"

namespace gatecrash::policy {

struct ServerTool {
  std::string name;
  bool harms = false;       // destructive, or runs things
  bool stops_work = false;  // ends, pauses or kills work: the cancel tool and its side doors
  std::vector<std::string> list_arguments;            // arguments that take a list
  std::optional<std::vector<std::string>> arguments;  // all it knows; absent: not known
};

struct Server {
  std::vector<ServerTool> tools;
};

struct LintEntry {
  std::string_view id;
  base::Severity severity;
  std::string_view about;  // one line, for `replay list`
  bool needs_server = false;
};
std::span<const LintEntry> lint_entries();

// Everything that is to be said about a policy that loaded; what a lenient load dropped is repeated
// as a finding. Sorted by place, then id.
base::Problems lint(const Loaded& loaded, const Server* server = nullptr);

}  // namespace gatecrash::policy
