#include "harness/rpc/message.h"

#include "harness/rpc/id.h"
#include "harness/rpc/names.h"

namespace gatecrash::rpc {
namespace {

using base::JsonFault;
using base::Value;

Fault fault_of(JsonFault fault) {
  switch (fault) {
    case JsonFault::DuplicateKey: return Fault::DuplicateKey;
    case JsonFault::Depth: return Fault::TooDeep;
    case JsonFault::Size: return Fault::TooLarge;
    case JsonFault::Utf8:
    case JsonFault::Surrogate: return Fault::BadText;
    default: return Fault::NotJson;
  }
}

std::uint32_t skip_space(std::string_view line) {
  const std::size_t at = line.find_first_not_of(" \t\r\n");
  return static_cast<std::uint32_t>(at == std::string_view::npos ? line.size() : at);
}

// The id of a line that is refused for duplicate names, if exactly one `id` is in it.
Id unambiguous_id(std::string_view line, base::JsonRules rules, base::Tree& tree) {
  rules.keep_duplicates = true;
  if (base::read_json(line, rules, tree)) return {};
  Value found;
  for (const Value member : tree.root()) {
    const bool exact = tree.root().is_object() && member.key() == "id";
    if (!exact && !go_equal(member.key(), "id")) continue;
    if (!exact || found) return {};
    found = member;
  }
  Id id;
  if (!found || !read_id(found, tree, id)) return {};
  return id;
}

// For a line that is no message, whatever its members say.
Decoded refused(Fault fault, std::uint32_t offset) {
  Decoded decoded;
  decoded.fault = fault;
  decoded.offset = offset;
  return decoded;
}

}  // namespace

bool operator==(const Reading& left, const Reading& right) {
  const base::JsonRules& l = left.json;
  const base::JsonRules& r = right.json;
  return left.duplicates == right.duplicates && left.fold_keys == right.fold_keys &&
         left.case_variants_ok == right.case_variants_ok &&
         left.unknown_members_ok == right.unknown_members_ok &&
         left.result_ignored == right.result_ignored && left.error_ignored == right.error_ignored &&
         left.any_id == right.any_id && left.any_number == right.any_number &&
         left.any_params == right.any_params && left.loose_envelope == right.loose_envelope &&
         l.depth == r.depth && l.bytes == r.bytes && l.number_length == r.number_length &&
         l.keep_duplicates == r.keep_duplicates && l.lone_surrogates == r.lone_surrogates &&
         l.repair_utf8 == r.repair_utf8 && l.accept_nan == r.accept_nan;
}

Reading strict_reading() {
  return {};
}

Reading go_reading() {
  constexpr std::size_t kScannerBuffer = 10u << 20;
  Reading reading;
  reading.duplicates = DuplicateKeys::LastWins;
  reading.fold_keys = true;
  reading.case_variants_ok = true;
  reading.unknown_members_ok = true;
  reading.result_ignored = true;
  reading.error_ignored = true;
  reading.any_id = true;
  reading.any_number = true;
  reading.any_params = true;
  reading.loose_envelope = true;
  reading.json.depth = 10'000;
  reading.json.bytes = kScannerBuffer;
  reading.json.number_length = kScannerBuffer;
  reading.json.lone_surrogates = true;
  reading.json.repair_utf8 = true;
  return reading;
}

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::None: return "none";
    case Fault::NotJson: return "not_json";
    case Fault::DuplicateKey: return "duplicate_key";
    case Fault::CaseVariantKey: return "case_variant_key";
    case Fault::TooLarge: return "too_large";
    case Fault::TooDeep: return "too_deep";
    case Fault::BadText: return "bad_text";
    case Fault::Batch: return "batch";
    case Fault::NotObject: return "not_object";
    case Fault::BadVersion: return "bad_version";
    case Fault::BadId: return "bad_id";
    case Fault::BadMethod: return "bad_method";
    case Fault::BadParams: return "bad_params";
    case Fault::MixedShape: return "mixed_shape";
    case Fault::UnknownMember: return "unknown_member";
    case Fault::BadResult: return "bad_result";
    case Fault::BadNumber: return "bad_number";
  }
  return "?";
}

int rpc_error_code(Fault fault) {
  switch (fault) {
    case Fault::NotJson:
    case Fault::TooLarge:
    case Fault::TooDeep:
    case Fault::BadText:
    case Fault::BadNumber: return kParseError;
    default: return kInvalidRequest;
  }
}

Decoded decode(std::string_view line, const Reading& reading, base::Tree& tree) {
  const std::uint32_t first = skip_space(line);
  if (first < line.size() && line[first] == '[') {
    tree.clear();  // it may still view the line before
    return refused(Fault::Batch, first);
  }
  base::JsonRules rules = reading.json;
  rules.keep_duplicates = reading.duplicates != DuplicateKeys::Refuse;
  if (const auto error = base::read_json(line, rules, tree)) {
    Decoded decoded = refused(fault_of(error->fault), error->offset);
    if (decoded.fault == Fault::DuplicateKey) decoded.id = unambiguous_id(line, rules, tree);
    return decoded;
  }
  return classify(tree.root(), reading, tree);
}

bool same_name(std::string_view spelling, std::string_view name, const Reading& reading) {
  return spelling == name || (reading.fold_keys && go_equal(spelling, name));
}

Value member(Value object, std::string_view name, const Reading& reading) {
  if (!object.is_object()) return {};
  if (!reading.fold_keys && reading.duplicates != DuplicateKeys::LastWins) return object.find(name);
  Value found;
  for (const Value each : object) {
    if (!same_name(each.key(), name, reading)) continue;
    found = each;
    if (reading.duplicates != DuplicateKeys::LastWins) break;
  }
  return found;
}

}  // namespace gatecrash::rpc
