#include "harness/rpc/message.h"

#include <array>
#include <string>

#include "harness/rpc/names.h"
#include "harness/rpc/numbers.h"

namespace gatecrash::rpc {
namespace {

using base::JsonFault;
using base::Value;

constexpr std::size_t kMaxIntegerId = 64;
constexpr std::size_t kMaxStringId = 256;

constexpr std::uint32_t bit(Fault fault) {
  return 1u << static_cast<unsigned>(fault);
}

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

bool is_integer(std::string_view lexeme) {
  if (lexeme.starts_with('-')) {
    if (lexeme == "-0") return false;
    lexeme.remove_prefix(1);
  }
  for (const char c : lexeme) {
    if (c < '0' || c > '9') return false;  // the reader has seen to the rest of the grammar
  }
  return !lexeme.empty();
}

// False if the value is no acceptable id; it is still filled in, as Kind::Other.
bool read_id(Value value, base::Tree& tree, Id& id) {
  id.value = value;
  id.lexeme = value.text();
  if (value.is_string()) {
    id.kind = Id::Kind::String;
    if (id.lexeme.size() <= kMaxStringId) return true;
  } else if (value.is_number() && id.lexeme.size() <= kMaxIntegerId && is_integer(id.lexeme)) {
    id.kind = Id::Kind::Integer;
    return true;
  }
  id.kind = Id::Kind::Other;
  if (!value.is_number() && !value.is_bool() && !value.is_null()) {
    std::string text;
    base::write_json(value, text);
    id.lexeme = tree.keep_text(text);
  }
  return false;
}

// One reading of one envelope. Every step either settles something or reports the first fault.
class Classifier {
 public:
  Classifier(Value root, const Reading& reading, base::Tree& tree, Decoded& decoded)
      : root_(root), reading_(reading), tree_(tree), decoded_(decoded) {}

  void run() {
    if (!root_.is_object()) {
      report(root_.is_list() ? Fault::Batch : Fault::NotObject, root_.offset());
      return;
    }
    gather();
    settle_id();
    if (ok()) settle_version();
    if (ok()) settle_shape();
    if (ok()) settle_bodies();
    if (ok() && !reading_.any_number) settle_numbers();
    if (ok()) {
      Message& message = decoded_.message;
      message.id = decoded_.id;
      message.root = root_;
    } else {
      decoded_.message = {};
    }
  }

 private:
  Value& slot(Top top) { return slots_[static_cast<std::size_t>(top)]; }
  bool ok() const { return decoded_.fault == Fault::None; }

  void report(Fault fault, std::uint32_t offset) {
    if (!ok()) return;
    decoded_.fault = fault;
    decoded_.offset = offset;
  }
  // A fault that this reading may let pass.
  void report_unless(bool forgiven, Fault fault, std::uint32_t offset) {
    if (forgiven) {
      decoded_.message.forgiven |= bit(fault);
    } else {
      report(fault, offset);
    }
  }

  void gather() {
    for (const Value member : root_) {
      Top top = find_top(member.key());
      if (top == Top::Unknown) [[unlikely]] {
        top = look_closer(member);
        if (top == Top::Unknown) continue;
      }
      Value& taken = slot(top);
      if (taken) [[unlikely]] {
        report_unless(reading_.duplicates != DuplicateKeys::Refuse, Fault::DuplicateKey,
                      member.key_offset());
        if (reading_.duplicates == DuplicateKeys::FirstWins) continue;
        if (!overrules(top, taken, member)) continue;
      }
      taken = member;
    }
  }

  // A member whose name is none of the envelope's.
  Top look_closer(Value member) {
    if (reading_.fold_keys) {
      for (std::size_t i = 0; i < kTopCount; ++i) {
        if (go_equal(member.key(), kTopNames[i])) {
          decoded_.message.forgiven |= bit(Fault::CaseVariantKey);
          return static_cast<Top>(i);
        }
      }
    }
    if (varies_top(member.key())) {
      report_unless(reading_.case_variants_ok, Fault::CaseVariantKey, member.key_offset());
    } else {
      report_unless(reading_.unknown_members_ok, Fault::UnknownMember, member.key_offset());
    }
    return Top::Unknown;
  }

  // Go: null into a text field changes nothing, and a value of a wrong type is an error even if a
  // later one is right.
  bool overrules(Top top, Value taken, Value member) const {
    if (!reading_.loose_envelope || (top != Top::Method && top != Top::Jsonrpc)) return true;
    return !member.is_null() && (taken.is_string() || taken.is_null());
  }

  void settle_id() {
    const Value value = slot(Top::Id);
    if (!value) return;
    if (read_id(value, tree_, decoded_.id)) return;
    if (value.is_null() && slot(Top::Error) && !slot(Top::Method) && !slot(Top::Result)) {
      decoded_.id = {};  // an error about something unreadable: null stands for no id
      return;
    }
    report_unless(reading_.any_id, Fault::BadId, value.offset());
    if (!reading_.any_id) decoded_.id = {};
  }

  void settle_version() {
    const Value value = slot(Top::Jsonrpc);
    if (value.is_string() && value.text() == "2.0") return;
    report_unless(reading_.loose_envelope && (!value || value.is_string() || value.is_null()),
                  Fault::BadVersion, value ? value.offset() : root_.offset());
  }

  void settle_shape() {
    Message& message = decoded_.message;
    const Value method = slot(Top::Method);
    const Value result = slot(Top::Result);
    const Value error = slot(Top::Error);
    message.params = slot(Top::Params);
    message.result = result;
    message.error = error;
    if (method) {
      message.shape = slot(Top::Id) ? Shape::Request : Shape::Notification;
      message.method = method.text();
      if (!method.is_string() || method.text().empty()) {
        report_unless(reading_.loose_envelope && (method.is_string() || method.is_null()),
                      Fault::BadMethod, method.offset());
        message.method = {};
      } else if (result || error) {
        report_unless(reading_.loose_envelope, Fault::MixedShape,
                      (result ? result : error).key_offset());
      }
      if (!message.method.empty() || !ok()) return;
    }
    if (!result && !error) {
      report_unless(reading_.loose_envelope, Fault::BadMethod, root_.offset());
      message.shape = slot(Top::Id) ? Shape::Request : Shape::Notification;
      return;
    }
    message.shape = result ? Shape::Result : Shape::Error;
    if ((result && error) || message.params) {
      report_unless(reading_.loose_envelope, Fault::MixedShape,
                    (message.params ? message.params : error).key_offset());
    }
    if (message.shape == Shape::Result && decoded_.id.kind == Id::Kind::None) {
      report_unless(reading_.loose_envelope, Fault::BadId, root_.offset());
    }
  }

  void settle_bodies() {
    const Message& message = decoded_.message;
    if (message.params) {
      if (!message.params.is_object()) {
        report_unless(reading_.any_params, Fault::BadParams, message.params.offset());
      } else {
        check_names(message.params);
      }
    }
    if (message.shape == Shape::Result) {
      if (!message.result.is_object()) {
        report_unless(reading_.any_params, Fault::BadResult, message.result.offset());
      } else {
        check_names(message.result);
      }
    } else if (message.shape == Shape::Error && !is_error_object(message.error)) {
      report_unless(reading_.any_params, Fault::BadResult, message.error.offset());
    }
  }

  void check_names(Value object) {
    for (const Value member : object) {
      if (varies_inner(member.key())) [[unlikely]] {
        report_unless(reading_.case_variants_ok || reading_.fold_keys, Fault::CaseVariantKey,
                      member.key_offset());
      }
    }
  }

  void settle_numbers() {
    const base::Node* const begin = root_.node();
    for (const base::Node* node = begin; node != begin + begin->span; ++node) {
      if (node->kind != base::Kind::Number || node->text.size() < 4) continue;  // 1e400 is longer
      if (double_range(node->text) != DoubleRange::Fits) report(Fault::BadNumber, node->offset);
    }
  }

  bool is_error_object(Value error) const {
    const Value code = member(error, "code", reading_);
    return code.is_number() && is_integer(code.text()) &&
           member(error, "message", reading_).is_string();
  }

  const Value root_;
  const Reading& reading_;
  base::Tree& tree_;
  Decoded& decoded_;
  std::array<Value, kTopCount> slots_;
};

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
         left.unknown_members_ok == right.unknown_members_ok && left.any_id == right.any_id &&
         left.any_number == right.any_number && left.any_params == right.any_params &&
         left.loose_envelope == right.loose_envelope && l.depth == r.depth && l.bytes == r.bytes &&
         l.number_length == r.number_length && l.keep_duplicates == r.keep_duplicates &&
         l.lone_surrogates == r.lone_surrogates && l.repair_utf8 == r.repair_utf8 &&
         l.accept_nan == r.accept_nan;
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
    case Fault::BadNumber: return -32700;
    default: return -32600;
  }
}

Decoded classify(Value root, const Reading& reading, base::Tree& tree) {
  Decoded decoded;
  Classifier(root, reading, tree, decoded).run();
  return decoded;
}

Decoded decode(std::string_view line, const Reading& reading, base::Tree& tree) {
  const std::uint32_t first = skip_space(line);
  if (first < line.size() && line[first] == '[') return refused(Fault::Batch, first);
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
