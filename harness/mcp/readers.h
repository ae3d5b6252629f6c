// How leniently a server may read what it gets, by the names of the mocks' personalities: each
// leniency by itself, and the sets of them that SDKs were measured to have (protocol.md appendix
// A). The mocks read by these rules, and judgement asks what a frame says under each of them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/mcp/call_digest.h"
#include "harness/rpc/message.h"

namespace gatecrash::mcp {

enum class Leniency : std::uint8_t {
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
  AcceptsBatch,
  ExecutesNotifications,
  NameTrim,
  NameCasefold,
  NameNfkc,
  Count
};

// None of them is strict.
class Leniencies {
 public:
  constexpr Leniencies() = default;
  constexpr Leniencies(std::initializer_list<Leniency> list) {
    for (const Leniency each : list) add(each);
  }
  constexpr void add(Leniency each) { bits_ |= 1U << static_cast<unsigned>(each); }
  constexpr void add(Leniencies all) { bits_ |= all.bits_; }
  constexpr bool has(Leniency each) const {
    return (bits_ >> static_cast<unsigned>(each) & 1U) != 0;
  }
  // Of tool names.
  constexpr bool lenient_names() const {
    return has(Leniency::NameTrim) || has(Leniency::NameCasefold) || has(Leniency::NameNfkc);
  }
  friend constexpr bool operator==(Leniencies, Leniencies) = default;

 private:
  std::uint32_t bits_ = 0;
};

struct Reader {
  std::string_view name;
  Leniencies how;
};
// `strict`, every leniency, every set.
std::span<const Reader> readers();
const Reader* find_reader(std::string_view name);

rpc::Reading reading_of(Leniencies how);

// Would a server with a tool `own`, and none of the asked name, take the one for the other?
bool takes_for(std::string_view own, std::string_view asked, Leniencies how);

// The call that such a reader sees in a frame.
struct CallRead {
  std::string tool;
  std::uint64_t digest = 0;
};

// Reads frames as one reader would.
class CallReader {
 public:
  // The calls in a frame, in order: none if the reader cannot read it or it is no call; a batch can
  // have several. `tools`: names the server may have, which lenient spellings are matched against.
  std::vector<CallRead> read(std::string_view frame, Leniencies how,
                             std::span<const std::string_view> tools);

 private:
  void read_message(const rpc::Message& message, Leniencies how, const rpc::Reading& reading,
                    std::span<const std::string_view> tools, std::vector<CallRead>& out);
  // What the reader takes for the arguments: resolved, and with names that fold onto each other as
  // one.
  std::uint64_t digest(std::string_view tool, base::Value arguments, Leniencies how,
                       const rpc::Reading& reading);

  base::Tree tree_;
  base::Tree list_;
  base::Tree inner_;
  std::string text_;
  CallDigest digest_;
};

// True if every reader sees the same in a strictly read call: neither its tool's name nor two of
// its arguments' are anything but themselves to a lenient one.
bool reads_alike(std::string_view tool, base::Value arguments);

}  // namespace gatecrash::mcp
