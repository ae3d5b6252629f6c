// Property: what the strict reading accepts
//   - is accepted by nlohmann's strict parser, and means the same to it;
//   - survives decode, encode, decode unchanged, and its canonical form is its own canonical form;
//   - is read alike by every lenient reading: same shape, method and id, and nothing to forgive.
// What a lenient reading accepts has, once encoded, no duplicate names left and resolves to itself.
#include <array>
#include <string>

#include <nlohmann/json.hpp>

#include "fuzz/target.h"
#include "harness/base/json.h"
#include "harness/rpc/message.h"

namespace {

using namespace gatecrash;
using base::Kind;
using base::Value;

enum Point {
  Refused,
  Request,
  Notification,
  Result,
  Error,
  WithParams,
  Forgiven,
  Resolved,
  PointCount
};
std::array<fuzz::ReachPoint, PointCount> points = {{{"refused"},
                                                    {"request"},
                                                    {"notification"},
                                                    {"result"},
                                                    {"error"},
                                                    {"with_params"},
                                                    {"forgiven"},
                                                    {"resolved"}}};

rpc::Reading taking(rpc::DuplicateKeys rule) {
  rpc::Reading reading;
  reading.duplicates = rule;
  return reading;
}

const rpc::Reading kStrict = rpc::strict_reading();
const std::array<rpc::Reading, 3> kLenient = {
    rpc::go_reading(), taking(rpc::DuplicateKeys::FirstWins), taking(rpc::DuplicateKeys::LastWins)};

bool means_same(Value ours, const nlohmann::ordered_json& theirs) {
  switch (ours.kind()) {
    case Kind::Absent: return false;
    case Kind::Null: return theirs.is_null();
    case Kind::Bool: return theirs.is_boolean() && theirs.get<bool>() == ours.is_true();
    case Kind::Number:
      return theirs.is_number() && theirs == nlohmann::ordered_json::parse(ours.text());
    case Kind::String:
      return theirs.is_string() && theirs.get_ref<const std::string&>() == ours.text();
    case Kind::List:
    case Kind::Object: {
      if (ours.is_object() ? !theirs.is_object() : !theirs.is_array()) return false;
      if (ours.size() != theirs.size()) return false;
      auto their = theirs.begin();
      for (const Value each : ours) {
        if (ours.is_object() && their.key() != each.key()) return false;
        if (!means_same(each, *their)) return false;
        ++their;
      }
      return true;
    }
  }
  return false;
}

void check_with_nlohmann(std::string_view line, Value root) {
  const auto theirs = nlohmann::ordered_json::parse(line, nullptr, false);
  fuzz::check(!theirs.is_discarded(), "nlohmann accepts what the strict reading accepts", line,
              "refused");
  std::string ours;
  base::write_json(root, ours);
  fuzz::check(means_same(root, theirs), "nlohmann reads the same", ours, theirs.dump());
}

void check_same_message(std::string_view line, const rpc::Decoded& left, const rpc::Decoded& right,
                        std::string_view encoded) {
  fuzz::check(static_cast<bool>(right), "a message stays a message", line, encoded);
  fuzz::check(base::equal(left.message.root, right.message.root), "the tree stays the same", line,
              encoded);
  fuzz::check(left.message.shape == right.message.shape &&
                  left.message.method == right.message.method && left.id == right.id &&
                  left.message.id == right.message.id,
              "shape, method and id stay the same", line, encoded);
}

void check_strict(std::string_view line, const rpc::Decoded& decoded) {
  static base::Tree again_tree;
  static base::Tree lenient_tree;
  static std::string encoded;
  static std::string twice;
  check_with_nlohmann(line, decoded.message.root);

  encoded.clear();
  rpc::encode(decoded.message.root, kStrict, encoded);
  fuzz::check(encoded.find_first_of("\r\n") == std::string::npos, "the canonical form is one line",
              line, encoded);
  const rpc::Decoded again = rpc::decode(encoded, kStrict, again_tree);
  check_same_message(line, decoded, again, encoded);
  twice.clear();
  rpc::encode(again.message.root, kStrict, twice);
  fuzz::check(twice == encoded, "the canonical form is its own", encoded, twice);

  for (const rpc::Reading& reading : kLenient) {
    const rpc::Decoded lenient = rpc::decode(line, reading, lenient_tree);
    check_same_message(line, decoded, lenient, "(read leniently)");
    fuzz::check(lenient.message.forgiven == 0, "nothing is forgiven a strict message", line, "");
  }

  ++points[static_cast<std::size_t>(Request) + static_cast<std::size_t>(decoded.message.shape)]
        .hits;
  if (decoded.message.params) ++points[WithParams].hits;
}

void check_lenient(std::string_view line, const rpc::Reading& reading) {
  static base::Tree tree;
  static base::Tree again_tree;
  static std::string encoded;
  static std::string twice;
  const rpc::Decoded decoded = rpc::decode(line, reading, tree);
  if (!decoded) return;
  if (decoded.message.forgiven != 0) ++points[Forgiven].hits;
  encoded.clear();
  rpc::encode(decoded.message.root, reading, encoded);
  base::JsonRules rules = reading.json;
  rules.bytes = ~std::size_t{0};  // a repaired byte grows to three
  fuzz::check(!base::read_json(encoded, rules, again_tree),
              "what is encoded is JSON without duplicates", line, encoded);
  twice.clear();
  base::write_json(again_tree.root(), twice);
  fuzz::check(twice == encoded, "what is resolved stays resolved", encoded, twice);
  if (!base::equal(decoded.message.root, again_tree.root())) ++points[Resolved].hits;
}

}  // namespace

std::span<const fuzz::ReachPoint> gatecrash::fuzz::reach_points() {
  return points;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static base::Tree tree;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const rpc::Decoded decoded = rpc::decode(line, kStrict, tree);
  fuzz::check(decoded.offset <= size, "a fault lies in the line", line, "");
  if (decoded) {
    check_strict(line, decoded);
    return 0;
  }
  ++points[Refused].hits;
  for (const rpc::Reading& reading : kLenient) check_lenient(line, reading);
  return 0;
}
