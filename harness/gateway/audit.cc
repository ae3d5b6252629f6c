#include "harness/gateway/audit.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/gateway/words.h"
#include "harness/mcp/call_digest.h"

namespace gatecrash::gateway {
namespace {

// A client chooses its argument names; a record stays small whatever it chooses.
constexpr std::size_t kMaxNames = 32;
constexpr std::size_t kMaxName = 64;

// Whole characters of at most `limit` bytes.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

}  // namespace

base::Result<std::unique_ptr<JsonLinesAudit>> JsonLinesAudit::open(const std::string& path,
                                                                   std::string key) {
  transport::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) {
    return base::Problems{
        base::problem(path, {}, "cannot write the audit: " + transport::errno_text(errno))};
  }
  if (key.empty()) {
    key.resize(32);
    if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
      return base::Problems{base::problem(path, {}, "no randomness for the audit's digest key")};
    }
  }
  return std::unique_ptr<JsonLinesAudit>(new JsonLinesAudit(std::move(file), key));
}

JsonLinesAudit::JsonLinesAudit(transport::Descriptor file, std::string_view key)
    : file_(std::move(file)), keyed_(key) {}

JsonLinesAudit::~JsonLinesAudit() = default;

void JsonLinesAudit::set_policy(const std::string& file, std::string_view text) {
  policy_ = R"(,"policy":")" + base::sha256_hex(text).substr(0, 16) + '"';
  file_name_.clear();
  member("file", file, file_name_);
}

void JsonLinesAudit::begin(const decision::Caller& caller, base::Instant at,
                           std::string_view decision) {
  waiting_ += R"({"at":")";
  waiting_ += base::to_string(at);
  waiting_ += R"(","decision":")";
  waiting_ += decision;  // one of ours: nothing to escape
  waiting_ += '"';
  if (!caller.session.empty()) member("session", caller.session, waiting_);
  if (!caller.principal.empty()) member("principal", caller.principal, waiting_);
  if (!caller.grant.empty()) member("grant", caller.grant, waiting_);
}

void JsonLinesAudit::decided(const decision::Call& call, const decision::Ruling& ruling) {
  begin(call.caller, call.at, decision::to_string(ruling.outcome));
  member("tool", cut(call.tool, 256), waiting_);
  if (!ruling.rule.empty()) member("rule", ruling.rule, waiting_);
  waiting_ += policy_;
  waiting_ += file_name_;
  if (ruling.at.line != 0) {
    waiting_ += R"(,"line":)" + std::to_string(ruling.at.line) + R"(,"column":)" +
                std::to_string(ruling.at.column);
  }
  waiting_ += R"(,"arguments":[)";
  std::size_t names = 0;
  if (call.arguments.is_object()) {
    for (const base::Value each : call.arguments) {
      if (names == kMaxNames) break;
      if (names++ > 0) waiting_ += ',';
      base::write_json_string(cut(each.key(), kMaxName), waiting_);
    }
  }
  waiting_ += R"(],"digest":")";
  canonical_.clear();
  mcp::write_call(call.tool, call.arguments, canonical_);
  const auto sum = keyed_.digest(canonical_);
  waiting_ += base::to_hex(std::string_view(reinterpret_cast<const char*>(sum.data()), 16));
  waiting_ += "\"}\n";
}

void JsonLinesAudit::refused(const decision::Caller& caller, std::string_view reason,
                             base::Instant at) {
  begin(caller, at, "refuse");
  member("reason", reason, waiting_);
  waiting_ += policy_;
  waiting_ += "}\n";
}

void JsonLinesAudit::kept(std::string_view why, base::Instant at) {
  begin({}, at, "keep");
  member("reason", why, waiting_);
  waiting_ += policy_;
  waiting_ += "}\n";
}

void JsonLinesAudit::operated(std::string_view words, base::Instant at) {
  begin({}, at, "operate");
  member("words", cut(words, 256), waiting_);
  waiting_ += policy_;
  waiting_ += "}\n";
}

bool JsonLinesAudit::write_out() {
  std::size_t written = 0;
  while (written < waiting_.size()) {
    const ssize_t size = ::write(file_.get(), waiting_.data() + written, waiting_.size() - written);
    if (size > 0)
      written += static_cast<std::size_t>(size);
    else if (size < 0 && errno != EINTR)
      return false;
  }
  waiting_.clear();
  return true;
}

}  // namespace gatecrash::gateway
