#include "harness/gateway/audit.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/base/text.h"

namespace gatecrash::gateway {
namespace {

// A client chooses its argument names; a record stays small whatever it chooses.
constexpr std::size_t kMaxNames = 32;
constexpr std::size_t kMaxName = 64;

void member(std::string_view name, std::string_view value, std::string& out) {
  out += ",\"";
  out += name;
  out += "\":";
  base::write_json_string(value, out);
}

// Whole characters of at most `limit` bytes.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

}  // namespace

// HMAC-SHA-256 (RFC 2104) with both key blocks hashed once.
struct JsonLinesAudit::Keyed {
  EVP_MD_CTX* inner = EVP_MD_CTX_new();
  EVP_MD_CTX* outer = EVP_MD_CTX_new();
  EVP_MD_CTX* work = EVP_MD_CTX_new();

  explicit Keyed(std::string_view key) {
    std::array<unsigned char, 64> block{};
    if (key.size() > block.size()) {
      EVP_Digest(key.data(), key.size(), block.data(), nullptr, EVP_sha256(), nullptr);
    } else {
      for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<unsigned char>(key[i]);
    }
    const auto start = [&](EVP_MD_CTX* context, unsigned char pad) {
      std::array<unsigned char, 64> padded = block;
      for (unsigned char& each : padded) each ^= pad;
      EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
      EVP_DigestUpdate(context, padded.data(), padded.size());
    };
    start(inner, 0x36);
    start(outer, 0x5c);
  }
  ~Keyed() {
    EVP_MD_CTX_free(inner);
    EVP_MD_CTX_free(outer);
    EVP_MD_CTX_free(work);
  }
  Keyed(const Keyed&) = delete;
  Keyed& operator=(const Keyed&) = delete;

  std::array<unsigned char, 32> digest(std::string_view text) {
    std::array<unsigned char, 32> sum;
    EVP_MD_CTX_copy_ex(work, inner);
    EVP_DigestUpdate(work, text.data(), text.size());
    EVP_DigestFinal_ex(work, sum.data(), nullptr);
    EVP_MD_CTX_copy_ex(work, outer);
    EVP_DigestUpdate(work, sum.data(), sum.size());
    EVP_DigestFinal_ex(work, sum.data(), nullptr);
    return sum;
  }
};

base::Result<std::unique_ptr<JsonLinesAudit>> JsonLinesAudit::open(const std::string& path,
                                                                   std::string policy_file,
                                                                   std::string_view policy_text,
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
  return std::unique_ptr<JsonLinesAudit>(
      new JsonLinesAudit(std::move(file), std::move(policy_file), policy_text,
                         std::make_unique<Keyed>(key)));
}

JsonLinesAudit::JsonLinesAudit(transport::Descriptor file, std::string policy_file,
                               std::string_view policy_text, std::unique_ptr<Keyed> keyed)
    : file_(std::move(file)),
      policy_(base::sha256_hex(policy_text).substr(0, 16)),
      keyed_(std::move(keyed)) {
  base::write_json_string(policy_file, policy_file_);
}

JsonLinesAudit::~JsonLinesAudit() = default;

void JsonLinesAudit::begin(const decision::Caller& caller, base::Instant at,
                           std::string_view decision) {
  waiting_ += R"({"at":")";
  waiting_ += base::to_string(at);
  waiting_ += '"';
  member("decision", decision, waiting_);
  member("session", caller.session, waiting_);
  if (!caller.principal.empty()) member("principal", caller.principal, waiting_);
  if (!caller.grant.empty()) member("grant", caller.grant, waiting_);
}

void JsonLinesAudit::decided(const decision::Call& call, const decision::Ruling& ruling) {
  begin(call.caller, call.at, decision::to_string(ruling.outcome));
  member("tool", cut(call.tool, 256), waiting_);
  if (!ruling.rule.empty()) member("rule", ruling.rule, waiting_);
  waiting_ += R"(,"policy":")";
  waiting_ += policy_;
  waiting_ += R"(","file":)";
  waiting_ += policy_file_;
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
  base::write_json_string(call.tool, canonical_);
  if (call.arguments) base::write_json_sorted(call.arguments, canonical_);
  const auto sum = keyed_->digest(canonical_);
  waiting_ += base::to_hex(std::string_view(reinterpret_cast<const char*>(sum.data()), 16));
  waiting_ += "\"}\n";
}

void JsonLinesAudit::refused(const decision::Caller& caller, std::string_view reason,
                             base::Instant at) {
  begin(caller, at, "refuse");
  member("reason", reason, waiting_);
  waiting_ += R"(,"policy":")";
  waiting_ += policy_;
  waiting_ += "\"}\n";
}

bool JsonLinesAudit::write_out() {
  std::size_t written = 0;
  while (written < waiting_.size()) {
    const ssize_t size = ::write(file_.get(), waiting_.data() + written, waiting_.size() - written);
    if (size > 0) written += static_cast<std::size_t>(size);
    else if (size < 0 && errno != EINTR) return false;
  }
  waiting_.clear();
  return true;
}

}  // namespace gatecrash::gateway
