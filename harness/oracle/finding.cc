#include "harness/oracle/finding.h"

#include <array>

#include "harness/base/check.h"

namespace gatecrash::oracle {
namespace {

constexpr std::array<std::string_view, 7> kVerdicts = {
    "pass", "inconclusive", "overblock", "drift", "bypass", "broken", "not_applicable"};

struct KindEntry {
  std::string_view name;
  Verdict verdict;
};
// An orphan effect is harm like a bypass; a gateway that died enforces nothing any more.
constexpr std::array<KindEntry, 10> kKinds{{{"bypass", Verdict::Bypass},
                                            {"overblock", Verdict::Overblock},
                                            {"leak", Verdict::Drift},
                                            {"drift", Verdict::Drift},
                                            {"divergence", Verdict::Drift},
                                            {"protocol", Verdict::Drift},
                                            {"orphan", Verdict::Bypass},
                                            {"crash", Verdict::Bypass},
                                            {"hang", Verdict::Overblock},
                                            {"availability", Verdict::Drift}}};

constexpr std::array<std::string_view, 4> kParts = {"validity", "security", "promise",
                                                    "conformance"};

}  // namespace

std::string_view to_string(Verdict verdict) {
  return kVerdicts[static_cast<std::size_t>(verdict)];
}

std::optional<Verdict> parse_verdict(std::string_view name) {
  for (std::size_t i = 0; i < kVerdicts.size(); ++i) {
    if (kVerdicts[i] == name) return static_cast<Verdict>(i);
  }
  return std::nullopt;
}

Verdict worse(Verdict left, Verdict right) {
  GATECRASH_CHECK(left != Verdict::NotApplicable && right != Verdict::NotApplicable);
  return left < right ? right : left;
}

std::string_view to_string(FindingKind kind) {
  return kKinds[static_cast<std::size_t>(kind)].name;
}
Verdict verdict_of(const Finding& finding) {
  return finding.secret ? Verdict::Bypass : kKinds[static_cast<std::size_t>(finding.kind)].verdict;
}
std::string_view to_string(Part part) {
  return kParts[static_cast<std::size_t>(part)];
}

}  // namespace gatecrash::oracle
