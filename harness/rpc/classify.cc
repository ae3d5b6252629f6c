#include <array>

#include "harness/rpc/id.h"
#include "harness/rpc/message.h"
#include "harness/rpc/names.h"
#include "harness/rpc/numbers.h"

namespace gatecrash::rpc {
namespace {

using base::Value;

constexpr std::uint32_t bit(Fault fault) {
  return 1u << static_cast<unsigned>(fault);
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
        report_unless((!result || reading_.result_ignored) && (!error || reading_.error_ignored),
                      Fault::MixedShape, (result ? result : error).key_offset());
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
    return code.is_number() && is_integer_lexeme(code.text()) &&
           member(error, "message", reading_).is_string();
  }

  const Value root_;
  const Reading& reading_;
  base::Tree& tree_;
  Decoded& decoded_;
  std::array<Value, kTopCount> slots_;
};

}  // namespace

Decoded classify(Value root, const Reading& reading, base::Tree& tree) {
  Decoded decoded;
  Classifier(root, reading, tree, decoded).run();
  return decoded;
}

}  // namespace gatecrash::rpc
