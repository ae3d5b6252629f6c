// Policies and gateways of a run: every policy is read, in its own dialect, before anything starts.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/cli/pack.h"
#include "harness/replay/workbench.h"
#include "reports/report.h"

namespace gatecrash::cli {

// Which gateways are under test, and which policy stands in for the targets' own.
struct SubjectOptions {
  std::vector<std::string> gateways;  // built in, or `mutant:NAME`
  std::string policy;                 // empty: the targets' own
  std::string dialect;                // of `policy`
  std::string command;                // a foreign gateway: words with {policy} and {upstream}
  bool timeless = false;              // time means nothing to it
};

// True if there is a gateway of that name.
bool known_gateway(std::string_view name);

class Subjects {
 public:
  Subjects() = default;
  ~Subjects();
  Subjects(const Subjects&) = delete;
  Subjects& operator=(const Subjects&) = delete;

  // One subject per gateway for every target of the selection.
  base::Result<void> prepare(const Selection& selection, const SubjectOptions& options);

  const std::vector<replay::Subject>& of(const scenario::Target& target) const;
  std::string digest() const;  // of all policies used
  std::vector<reports::PolicyText> texts() const;

 private:
  // `inside`: the file that an inline policy stands in.
  base::Result<trace::PolicyUse> load(const scenario::PolicyRef& ref, const std::string& inside,
                                      bool may_be_refused);
  // Where a process finds the policy: its own file, or a copy of an inline one.
  std::string file_for_process(const trace::PolicyUse& use, const scenario::PolicyRef& ref);
  std::string copy_for_process(const std::string& hash, std::string_view text);
  // `first`: what gateways start under that may refuse `use`, which they are told to load later.
  void add(const scenario::Target& target, const scenario::PolicyRef& ref,
           const trace::PolicyUse& use, const scenario::EarlierPolicy* first,
           const SubjectOptions& options);

  std::map<std::string, int> copies_;  // descriptors of inline policies for processes, by content
  std::map<std::string, trace::PolicyUse> uses_;  // by file, or by the text of an inline policy
  // Self-contained scenarios bring targets of their own, whose ids need not differ.
  std::map<const scenario::Target*, std::vector<replay::Subject>> by_target_;
};

// `path` as users see it: relative to the current folder where it lies below it.
std::string shown_path(const std::string& path);

}  // namespace gatecrash::cli
