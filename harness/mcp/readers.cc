#include "harness/mcp/readers.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "harness/base/json.h"
#include "harness/mcp/messages.h"

namespace gatecrash::mcp {
namespace {

using base::Value;
using enum Leniency;

constexpr std::array<Reader, 20> kReaders{{
    {"strict", {}},
    {"dup-first-wins", {DupFirstWins}},
    {"dup-last-wins", {DupLastWins}},
    {"case-insensitive-keys", {CaseInsensitiveKeys}},
    {"ignores-case-variants", {IgnoresCaseVariants}},
    {"ignores-unknown-members", {IgnoresUnknownMembers}},
    {"ignores-results", {IgnoresResults}},
    {"ignores-errors", {IgnoresErrors}},
    {"any-id", {AnyId}},
    {"accepts-nan", {AcceptsNan}},
    {"repairs-utf8", {RepairsUtf8}},
    {"coerces-args", {CoercesArgs}},
    {"accepts-batch", {AcceptsBatch}},
    {"executes-notifications", {ExecutesNotifications}},
    {"name-trim", {NameTrim}},
    {"name-casefold", {NameCasefold}},
    {"name-nfkc", {NameNfkc}},
    {"sdk-typescript", {DupLastWins, IgnoresCaseVariants, RepairsUtf8}},
    {"sdk-python",
     {DupLastWins, IgnoresCaseVariants, IgnoresUnknownMembers, IgnoresResults, AcceptsNan,
      RepairsUtf8}},
    {"sdk-go",
     {CaseInsensitiveKeys, IgnoresUnknownMembers, IgnoresResults, IgnoresErrors, RepairsUtf8}},
}};

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Full-width forms U+FF01..U+FF5E as ASCII.
std::string narrowed(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (byte(i) == 0xef && i + 2 < text.size() && (byte(i + 1) == 0xbc || byte(i + 1) == 0xbd)) {
      const unsigned code = 0xff00U + ((byte(i + 1) & 1U) << 6) + (byte(i + 2) & 0x3fU);
      if (code >= 0xff01 && code <= 0xff5e) {
        out += static_cast<char>(code - 0xff01 + 0x21);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_folded(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

// Names that Go's decoder puts into one field of a struct come out equal.
std::string folded(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i, 2) == "\xc5\xbf") {
      out += 's';
      i += 1;
    } else if (name.substr(i, 3) == "\xe2\x84\xaa") {
      out += 'k';
      i += 2;
    } else {
      out += lower(name[i]);
    }
  }
  return out;
}

}  // namespace

std::span<const Reader> readers() {
  return kReaders;
}

const Reader* find_reader(std::string_view name) {
  const auto found = std::ranges::find(kReaders, name, &Reader::name);
  return found == kReaders.end() ? nullptr : &*found;
}

rpc::Reading reading_of(Leniencies how) {
  rpc::Reading reading = rpc::strict_reading();
  if (how.has(DupFirstWins)) reading.duplicates = rpc::DuplicateKeys::FirstWins;
  if (how.has(DupLastWins) || how.has(CaseInsensitiveKeys))
    reading.duplicates = rpc::DuplicateKeys::LastWins;
  reading.json.keep_duplicates = reading.duplicates != rpc::DuplicateKeys::Refuse;
  reading.fold_keys = how.has(CaseInsensitiveKeys);
  reading.case_variants_ok = how.has(IgnoresCaseVariants) || how.has(CaseInsensitiveKeys);
  reading.unknown_members_ok = how.has(IgnoresUnknownMembers);
  reading.result_ignored = how.has(IgnoresResults);
  reading.error_ignored = how.has(IgnoresErrors);
  reading.any_id = how.has(AnyId);
  reading.any_params = how.has(CoercesArgs);
  reading.json.accept_nan = how.has(AcceptsNan);
  reading.json.repair_utf8 = how.has(RepairsUtf8);
  reading.json.lone_surrogates = how.has(RepairsUtf8);
  return reading;
}

bool takes_for(std::string_view own, std::string_view asked, Leniencies how) {
  std::string narrow;
  if (how.has(NameNfkc)) asked = narrow = narrowed(asked);
  if (how.has(NameTrim)) asked = trimmed(asked);
  return how.has(NameCasefold) ? equal_folded(own, asked) : own == asked;
}

bool reads_alike(std::string_view tool, Value arguments) {
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x7f &&
           lower(c) == c;
  };
  if (!std::ranges::all_of(tool, plain)) return false;
  if (!arguments.is_object() || arguments.size() < 2) return true;
  std::vector<std::string> names;
  for (const Value each : arguments) names.push_back(folded(each.key()));
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

std::vector<CallRead> CallReader::read(std::string_view frame, Leniencies how,
                                       std::span<const std::string_view> tools) {
  std::vector<CallRead> out;
  const rpc::Reading reading = reading_of(how);
  const rpc::Decoded decoded = rpc::decode(frame, reading, tree_);
  if (decoded) {
    read_message(decoded.message, how, reading, tools, out);
  } else if (decoded.fault == rpc::Fault::Batch && how.has(AcceptsBatch) &&
             !base::read_json(frame, reading.json, list_)) {
    for (const Value each : list_.root()) {
      const rpc::Decoded member = rpc::classify(each, reading, list_);
      if (member) read_message(member.message, how, reading, tools, out);
    }
  }
  return out;
}

void CallReader::read_message(const rpc::Message& message, Leniencies how,
                              const rpc::Reading& reading, std::span<const std::string_view> tools,
                              std::vector<CallRead>& out) {
  const bool request = message.shape == rpc::Shape::Request;
  const bool executed = message.shape == rpc::Shape::Notification && how.has(ExecutesNotifications);
  if (message.method != "tools/call" || !(request || executed)) return;
  ToolCall call = read_tools_call(message, reading);
  if (!call.valid) {
    if (!how.has(CoercesArgs)) return;
    // As far as it goes without the tool's schema: which name, and which arguments, if they are in
    // a text.
    Value name = message.params.is_list() ? message.params.at(0)
                                          : rpc::member(message.params, "name", reading);
    call.arguments = message.params.is_list() ? message.params.at(1)
                                              : rpc::member(message.params, "arguments", reading);
    if (name.is_object() || name.is_list()) name = name.at(0);
    if (!name.is_string()) return;
    call.tool = name.text();
    if (call.arguments.is_string() &&
        !base::read_json(call.arguments.text(), reading.json, inner_)) {
      call.arguments = inner_.root();
    }
  }
  std::string_view tool = call.tool;
  if (how.lenient_names() && std::ranges::find(tools, tool) == tools.end()) {
    const auto own = std::ranges::find_if(
        tools, [&](std::string_view each) { return takes_for(each, tool, how); });
    if (own != tools.end()) tool = *own;
  }
  out.push_back({std::string(tool), digest(tool, call.arguments, how, reading)});
}

std::uint64_t CallReader::digest(std::string_view tool, Value arguments, Leniencies how,
                                 const rpc::Reading& reading) {
  if (!arguments || reading.duplicates == rpc::DuplicateKeys::Refuse)
    return digest_.of(tool, arguments);
  text_.clear();
  if (!how.has(CaseInsensitiveKeys) || !arguments.is_object()) {
    rpc::encode(arguments, reading, text_);
    return digest_.of(tool, text_);
  }
  // The last of the names that fold together counts, under the name that came first.
  std::map<std::string, std::pair<std::string_view, Value>> fields;
  for (const Value each : arguments) {
    fields.try_emplace(folded(each.key()), each.key(), each).first->second.second = each;
  }
  for (const auto& [_, field] : fields) {
    text_ += text_.empty() ? '{' : ',';
    base::write_json_string(field.first, text_);
    text_ += ':';
    rpc::encode(field.second, reading, text_);
  }
  text_ += text_.empty() ? "{}" : "}";
  return digest_.of(tool, text_);
}

}  // namespace gatecrash::mcp
