#include "harness/gateway/judged_call.h"

#include "harness/base/json.h"
#include "harness/mcp/messages.h"

namespace gatecrash::gateway {

using base::Value;

bool JudgedCalls::is_call(const rpc::Message& message) const {
  if (message.method != "tools/call") return false;
  return message.shape == rpc::Shape::Request || wire_.other_methods == OtherMethods::Forward;
}

JudgedCalls::Read JudgedCalls::read(const rpc::Message& message) {
  const mcp::ToolCall call = mcp::read_tools_call(message, wire_.reading);
  if (!call.valid)
    return {.fate = wire_.unparsable == Unparsable::Forward ? Fate::Forward : Fate::Refuse};
  Read read{.fate = Fate::Judge, .tool = call.tool, .arguments = call.arguments};
  if (wire_.reading.duplicates == rpc::DuplicateKeys::Refuse || !call.arguments.is_object())
    return read;
  // The engine takes the first member of a name; a reading that keeps duplicates is resolved
  // before.
  const Value all = merge(message.params) ? merged_.root() : call.arguments;
  text_.clear();
  rpc::encode(all, wire_.reading, text_);
  if (!base::read_json(text_, wire_.reading.json, resolved_)) read.arguments = resolved_.root();
  return read;
}

// Go decodes every member `arguments` into the same map, and null empties it. False: there is
// nothing to merge.
bool JudgedCalls::merge(Value params) {
  if (!wire_.reading.loose_envelope) return false;
  int count = 0;
  merged_text_ = "{";
  for (const Value arguments : params) {
    if (!rpc::same_name(arguments.key(), "arguments", wire_.reading)) continue;
    ++count;
    if (arguments.is_null()) merged_text_ = "{";
    for (const Value member : arguments) {
      if (merged_text_.size() > 1) merged_text_ += ',';
      base::write_json_string(member.key(), merged_text_);
      merged_text_ += ':';
      base::write_json(member, merged_text_);
    }
  }
  merged_text_ += '}';
  base::JsonRules rules = wire_.reading.json;
  rules.keep_duplicates = true;
  rules.bytes = merged_text_.size();  // an escape may be longer here than it was
  return count > 1 && !base::read_json(merged_text_, rules, merged_);
}

}  // namespace gatecrash::gateway
