// Attacks and self-contained scenarios, and their expansion to plans. One file format (`replay:
// 1`): with `fits` it is a template for every target with the right traits, with `upstreams` it
// stands alone; without `steps` it is everyday traffic, which has to pass. The loader is strict and
// reports everything at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/document.h"
#include "harness/base/problem.h"
#include "harness/scenario/plan.h"
#include "harness/scenario/target.h"

namespace gatecrash::scenario {

enum class AttackStatus : std::uint8_t { Documented, Derived, Variant };
std::string_view to_string(AttackStatus status);

struct AttackInfo {
  std::string id;  // MGA-HID-01
  AttackStatus status = AttackStatus::Variant;
  std::string severity;  // low, medium, high, critical
  std::vector<std::string> tags;
  std::vector<std::string> sources;
};

// One requirement on a target's traits: present, absent, or equal to a value.
struct Fit {
  enum class Kind : std::uint8_t { Present, Absent, Equals };
  std::string trait;
  Kind kind = Kind::Present;
  std::string value;
  base::SourcePos at;
};

struct AttackBody;

// A loaded `replay:` file.
struct Attack {
  std::string id;  // limits/window-edge-burst
  std::string path;
  std::string content_hash;
  std::string title;
  AttackInfo info;
  std::vector<Fit> fits;
  std::string null_verdict = "bypass";
  bool contained_by_refusal =
      false;                   // a gateway that does not start with the policy has contained it
  std::string pending;         // non-empty: cannot be replayed yet, and why (`needs`)
  std::string not_observable;  // non-empty: no gateway can see it, and why
  bool everyday = false;       // no attack, but traffic that has to pass: `info` may be empty
  std::shared_ptr<const Target> own_target;  // for a self-contained file
  std::shared_ptr<const base::Document> document;
  std::shared_ptr<const AttackBody> body;  // what expansion needs, compiled (body.h)
};

base::Result<std::shared_ptr<const Attack>> load_attack(const std::string& path);

// Why it is listed but never run, in words; empty: it is run.
std::string not_run(const Attack& attack);

// A self-contained file fits its own target and no other.
bool fits(const Attack& attack, const Target& target);

// One pair, expanded. The benign plan claims nothing (`always` is about the attack); its steps
// expect. Matrix cells give several attack plans; every one has to be contained, and at least one
// of them has to bite in the teeth run. Everyday traffic has none.
struct Scenario {
  std::string id;  // `<attack>@<target>`, or the file's own id
  std::shared_ptr<const Attack> attack;
  std::shared_ptr<const Target> target;
  std::vector<Plan> attacks;  // RunKind::Attack; a teeth run uses the same plan without a gateway
  Plan benign;
};

struct ExpandOptions {
  std::uint64_t seed = 1;
  std::string era = "2025-11-25";
};

base::Result<std::shared_ptr<const Scenario>> expand(const std::shared_ptr<const Attack>& attack,
                                                     const std::shared_ptr<const Target>& target,
                                                     const ExpandOptions& options);

// What a path holds, by its first key (`replay:` or `target:`); folders are searched for .yaml
// files.
struct Pack {
  std::vector<std::shared_ptr<const Attack>> attacks;  // sorted by id
  std::vector<std::shared_ptr<const Target>> targets;  // sorted by id
};
// Every file has to load; all problems of all files are reported. Duplicate ids are problems. Files
// whose first key is neither, inside a folder, are problems too, save those under `policies/`,
// `schema/` and `*.expected.yaml`.
base::Result<Pack> load_pack(std::span<const std::string> paths);

}  // namespace gatecrash::scenario
