// How leniently a mock reads, and the ways in which it may misbehave: single knobs by name, closed
// set. Each stands for behaviour seen in real servers or SDKs (attacks.md section 0, protocol.md
// appendix A), so that a gateway is judged against upstreams as careless as the real ones. None set
// is strict.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/mcp/readers.h"
#include "harness/rpc/message.h"

namespace gatecrash::mock_servers {

enum class Knob : std::uint8_t {
  DupFirstWins,
  DupLastWins,
  CaseInsensitiveKeys,
  IgnoresCaseVariants,
  IgnoresUnknownMembers,
  IgnoresResults,
  IgnoresErrors,
  AnyId,
  AcceptsNan,
  RepairsUtf8,
  CoercesArgs,
  WildcardSelector,
  AcceptsBatch,
  ExecutesNotifications,
  PreInitLenient,
  NameTrim,
  NameCasefold,
  NameNfkc,
  ErrorAfterEffect,
  CancelIsCosmetic,
  IdRewriter,
  LeakyErrors,
  PoisonedOutput,
  AlwaysFails,
  NeverReplies,
  MalformedReplies,
  DuplicateReplies,
  BlocksWhileWaiting,
  WaitsInThreads,
  SmallPages,
  TasksCapable,
  GlobalTaskTable,
  DisconnectCancels,
  RecyclesIds,
  LenientMethods,
  DetectsEncoding,
  CrEndsLines,
  StopsAfterValue,
  ReadsSeveral,
  Count
};

class Personality {
 public:
  // Names of knobs, of sets of knobs, and `strict`. Fails on an unknown name and on two that
  // exclude each other.
  static base::Result<Personality> make(const std::vector<std::string>& names);

  bool has(Knob knob) const { return (bits_ & bit(knob)) != 0; }
  // More than one message may stand in a line, or less than the line.
  bool splits_lines() const {
    return has(Knob::DetectsEncoding) || has(Knob::CrEndsLines) || has(Knob::StopsAfterValue) ||
           has(Knob::ReadsSeveral);
  }
  // Faults only (fault_knob): how messages are read stays as it is.
  void set(Knob knob, bool on);
  const rpc::Reading& reading() const { return reading_; }
  mcp::Leniencies how() const { return how_; }

 private:
  static constexpr std::uint64_t bit(Knob knob) {
    return std::uint64_t{1} << static_cast<unsigned>(knob);
  }
  void add(Knob knob) { bits_ |= bit(knob); }
  void derive_reading();

  std::uint64_t bits_ = 0;
  mcp::Leniencies how_;
  rpc::Reading reading_ = rpc::strict_reading();
};

// The knob of that name if it is a fault, which may begin and end at any time; leniencies of
// reading may not.
std::optional<Knob> fault_knob(std::string_view name);

}  // namespace gatecrash::mock_servers
