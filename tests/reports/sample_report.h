// One report with every kind of entry in it, hostile text included.
#pragma once

#include "reports/report.h"

namespace gatecrash::reports {

inline oracle::Finding sample_finding() {
  oracle::Finding finding;
  finding.kind = oracle::FindingKind::Bypass;
  finding.part = oracle::Part::Security;
  finding.oracle = "promise_kept";
  finding.claim = "at most 10 task.cancelled in any 60s";
  finding.observed = "20 in 200ms";
  finding.effect = scenario::Effect::TaskCancelled;
  finding.effects = 10;
  finding.step = 11;
  finding.attempted = "cancel-task {\"task_id\":\"bold-falcon-42\"}";
  finding.policy_said = "allow, no rule spoke";
  finding.upstream_saw = "20 calls of `cancel-task`: 20 task.cancelled (`a` … `t`) within 200ms";
  finding.why =
      "10 per minute was counted by calendar minute: 10 before 2026-01-01T10:01:00Z and 10 from "
      "then on";
  finding.seconded_by = {"budget_kept: at most 15 task.cancelled in any 24h, but 20 in 200ms"};
  finding.policy_file = "policies/limited.yaml";
  finding.policy_at = {6, 9};
  finding.rule = "/tools/cancel-task/rules/0";
  finding.scenario_file = "scenarios/attacks/rate/window-edge-burst.yaml";
  finding.scenario_at = {12, 5};
  finding.fingerprint = "0123456789abcdef";
  return finding;
}

inline Entry sample_entry(std::string id, std::string gateway, oracle::Verdict verdict) {
  Entry entry;
  entry.attack = id.substr(0, id.find('@'));
  entry.target = id.substr(id.find('@') + 1);
  entry.id = std::move(id);
  entry.attack_id = "MGA-RATE-01";
  entry.title = "Two quotas around the edge";
  entry.severity = "high";
  entry.policy = "policies/limited.yaml";
  entry.gateway = std::move(gateway);
  entry.lane = "memory";
  entry.era = "2025-11-25";
  entry.file = "scenarios/attacks/rate/window-edge-burst.yaml";
  entry.judged.verdict = verdict;
  entry.judged.validity = entry.judged.security = entry.judged.promise = entry.judged.conformance =
      oracle::Verdict::Pass;
  entry.reproduce = "replay scenarios --run '" + entry.id + "'";
  return entry;
}

inline Report sample_report() {
  using oracle::Verdict;
  Report report;
  report.summary.seed = 7;
  report.summary.corpus = "00112233445566ff";
  report.summary.policy = "ffeeddccbbaa9988";

  report.entries.push_back(sample_entry("rate/edge@limited", "reference", Verdict::Pass));

  Entry bypass = sample_entry("rate/edge@limited", "other", Verdict::Bypass);
  bypass.judged.security = Verdict::Bypass;
  bypass.judged.findings.push_back(sample_finding());
  report.entries.push_back(bypass);
  // The same cause in another attack.
  bypass.id = "loop/burst@limited";
  bypass.attack = "loop/burst";
  report.entries.push_back(bypass);

  Entry hostile = sample_entry("arg/raw@limited", "other", Verdict::Drift);
  oracle::Finding protocol = sample_finding();
  protocol.kind = oracle::FindingKind::Protocol;
  protocol.part = oracle::Part::Conformance;
  protocol.oracle = "reply_shape";
  protocol.effect.reset();
  protocol.variant = "personality=dup-first-wins";
  protocol.also_in = {"personality=dup-last-wins"};
  protocol.attempted = "raw <b>\x1b[2J ```\n| & \"'\u202e\xff";
  protocol.why.clear();
  protocol.seconded_by.clear();
  hostile.judged.conformance = Verdict::Drift;
  hostile.judged.findings.push_back(protocol);
  report.entries.push_back(hostile);

  Entry overblock = sample_entry("hid/name@limited", "other", Verdict::Overblock);
  overblock.judged.promise = Verdict::Overblock;
  oracle::Finding refused = sample_finding();
  refused.kind = oracle::FindingKind::Overblock;
  refused.part = oracle::Part::Promise;
  refused.run = scenario::RunKind::Benign;
  overblock.judged.findings.push_back(refused);
  overblock.expected = true;
  overblock.expected_reason = "known gap, see https://example.org/1";
  report.entries.push_back(overblock);

  Entry broken = sample_entry("cxl/teeth@limited", "other", Verdict::Broken);
  broken.judged.validity = Verdict::Broken;
  broken.judged.reasons = {"the attack does no harm even without a gateway (expected bypass)"};
  report.entries.push_back(broken);

  Entry inconclusive = sample_entry("cxl/gone@limited", "other", Verdict::Inconclusive);
  inconclusive.judged.reasons = {"the attack run is incomplete: the mock went away"};
  report.entries.push_back(inconclusive);

  Entry not_applicable = sample_entry("rate/edge@odd", "other", Verdict::NotApplicable);
  not_applicable.judged.reasons = {"policies/odd.yaml:1:1: `version` is missing"};
  report.entries.push_back(not_applicable);

  report.skipped.push_back({"appr/replay@limited", "pending: needs approvals", SkipKind::Pending});
  report.stale.push_back({"bulk/list@limited on other", "it passes now", "expected.yaml", {4, 3}});
  report.policies.push_back(
      {"policies/limited.yaml", "intercept", "version: \"1\"\ntools: {}\n", {}});
  report.policies.push_back({"policies/odd.yaml",
                             "intercept",
                             "tools: {}\n",
                             {base::problem("policies/odd.yaml", {1, 1}, "`version` is missing",
                                            "write `version: \"1\"`")}});
  report.coverage.cells = {{"rate/edge", "limited", "other", "bypass"},
                           {"rate/edge", "limited", "reference", "pass"}};
  coverage::PolicyUse use{.policy = "policies/limited.yaml", .gateway = "other", .elements = {}};
  use.elements.push_back({"default", "/default", {2, 1}, 1, 1});
  use.elements.push_back({"limit", "/tools/cancel-task/rules/0", {6, 9}, 20, 0});
  report.coverage.policies.push_back(use);
  count(report);
  return report;
}

}  // namespace gatecrash::reports
