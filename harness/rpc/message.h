// JSON-RPC 2.0 messages as MCP uses them, on bytes. One line of bytes goes in; what comes out is
// either a message of exactly one shape or the reason why the line is not acceptable.
//
// Strict reading is what a gateway and the hardened mocks use. The lenient readings reproduce how
// real parsers differ (protocol.md appendix A, attacks.md section 0): they exist so that a mock can
// be as careless as the servers it stands for. No reading guesses silently: `Message::forgiven`
// says which leniency was needed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/json.h"
#include "harness/base/tree.h"

namespace gatecrash::rpc {

enum class DuplicateKeys : std::uint8_t { Refuse, FirstWins, LastWins };

// Named choices of one reader; the default is the strict one.
struct Reading {
  DuplicateKeys duplicates = DuplicateKeys::Refuse;
  bool fold_keys = false;           // member names match without regard to case (Go encoding/json)
  bool case_variants_ok = false;    // `Name` beside or instead of `name` is just an unknown member
  bool unknown_members_ok = false;  // top-level members JSON-RPC does not define
  // A message with a method is a request or notification whatever `result`, or `error`, it carries.
  bool result_ignored = false;
  bool error_ignored = false;
  bool any_id = false;      // null, fraction, boolean, list, object ids
  bool any_number = false;  // numbers that are infinite or zero when read into a double
  bool any_params = false;  // params, result and error of any type
  // Go struct decoding of the envelope: `jsonrpc` may be missing or any text, null leaves a text
  // member unset, `result` and `error` are ignored beside a method, and a message without
  // anything is a notification with an empty method.
  bool loose_envelope = false;
  base::JsonRules json;  // depth 64, 1 MiB, RFC 8259
  friend bool operator==(const Reading&, const Reading&);
};

Reading strict_reading();
// Go's encoding/json into structs, as the released proxy uses it (attacks.md section 4): names
// fold, last duplicate wins, invalid UTF-8 and lone surrogates read as U+FFFD, depth 10,000, 10 MiB
// lines. What is no object does not decode; params stay bytes there, so their type is no fault of
// the message.
Reading go_reading();

// An id with its exact lexeme: `1`, `1.0` and `"1"` are three different ids.
struct Id {
  enum class Kind : std::uint8_t { None, Integer, String, Other };
  Kind kind = Kind::None;
  std::string_view lexeme;  // raw JSON text of an integer or other value; decoded text of a string
  base::Value value;        // absent when made without a tree
  friend bool operator==(const Id& left, const Id& right) {
    return left.kind == right.kind && left.lexeme == right.lexeme;
  }
};

enum class Shape : std::uint8_t { Request, Notification, Result, Error };

// Why a line is not a message. None stands for "it is one".
enum class Fault : std::uint8_t {
  None,
  NotJson,
  DuplicateKey,
  CaseVariantKey,
  TooLarge,
  TooDeep,
  BadText,
  Batch,
  NotObject,
  BadVersion,
  BadId,
  BadMethod,
  BadParams,
  MixedShape,
  UnknownMember,
  BadResult,  // a result or error of no valid form
  BadNumber,  // a number a double cannot hold
};
std::string_view to_string(Fault fault);  // snake_case, stable: used in traces and audit records
// Error codes of JSON-RPC 2.0, section 5.1.
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;

int rpc_error_code(Fault fault);  // kParseError for text faults, kInvalidRequest otherwise

struct Message {
  Shape shape = Shape::Notification;
  Id id;
  std::string_view method;  // decoded; empty for results and errors
  base::Value params;       // absent if not sent
  base::Value result;
  base::Value error;
  base::Value root;
  // Which faults of the envelope a strict reading would have found and this one let pass.
  std::uint32_t forgiven = 0;
  bool forgave(Fault fault) const { return (forgiven >> static_cast<unsigned>(fault) & 1) != 0; }
};

struct Decoded {
  Fault fault = Fault::None;
  std::uint32_t offset = 0;  // where the fault is
  Id id;                     // readable id even if there is a fault (to answer it), else None
  Message message;
  explicit operator bool() const { return fault == Fault::None; }
};

// Reads one line (without its LF) into `tree` and classifies it. Views live as long as tree and
// line. Under the strict reading the known names are checked at the levels MCP defines: top level,
// `params` and `result` (`name`, `arguments`, `task`, `_meta`, `cursor`, `tools`, …): a name that
// equals a known one but for case, padding, invisible or fullwidth characters is CaseVariantKey.
// Deeper members are user data; there only duplicates are refused. Ids: a string of at most 256
// bytes or an integer lexeme of at most 64 (no `.`, `e` or `-0`). An error reply may have no id, or
// null: that is Id::Kind::None.
Decoded decode(std::string_view line, const Reading& reading, base::Tree& tree);

// The same for a value that is already read: one element of a batch, say. `tree` is the value's
// own.
Decoded classify(base::Value root, const Reading& reading, base::Tree& tree);

// The member a reader with these choices would take for `name`; absent if there is none. `name` is
// ASCII.
base::Value member(base::Value object, std::string_view name, const Reading& reading);
bool same_name(std::string_view spelling, std::string_view name, const Reading& reading);

// Appends the canonical form of what was read: members in order, equal names resolved as `reading`
// resolves them (names never fold here: folding is for structs, this is for maps). For a strictly
// read message this is the judged tree, compact.
void encode(base::Value root, const Reading& reading, std::string& out);

// Writers. All append one compact line without the LF.
void write_id(const Id& id, std::string& out);
void write_error(const Id& id, int code, std::string_view message,
                 std::string& out);  // id None: omitted
// Appends `{"jsonrpc":"2.0","id":<id>,"result":` … the caller appends the result and `}`.
void begin_result(const Id& id, std::string& out);
// Appends `{"jsonrpc":"2.0","id":<number>,"method":"…"` … the caller appends `,"params":…` and `}`.
void begin_request(std::uint64_t id, std::string_view method, std::string& out);
void begin_notification(std::string_view method, std::string& out);

}  // namespace gatecrash::rpc
