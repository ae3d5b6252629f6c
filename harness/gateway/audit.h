// The audit as JSON lines, one record per decision: who, what, which rule, where in which policy.
// Of the arguments only their names and a keyed digest: two equal calls can be told to be equal,
// but what was in them cannot be read or guessed from the file.
//
// Records are gathered in memory; the owner writes them out before any frame they speak of leaves
// (write-ahead). One write(2) in append mode per batch: two gateways may share a file.
#pragma once

#include <string>
#include <string_view>

#include "harness/base/digest.h"
#include "harness/base/problem.h"
#include "harness/gateway/gateway.h"
#include "harness/transport/descriptor.h"

namespace gatecrash::gateway {

class JsonLinesAudit final : public AuditSink {
 public:
  // `key`: secret of the digest; empty: one made for this run.
  static base::Result<std::unique_ptr<JsonLinesAudit>> open(const std::string& path,
                                                            std::string key);
  ~JsonLinesAudit() override;

  // Names the policy in every record from now on.
  void set_policy(const std::string& file, std::string_view text);
  void decided(const decision::Call& call, const decision::Ruling& ruling) override;
  void refused(const decision::Caller& caller, std::string_view reason, base::Instant at) override;
  void kept(std::string_view why, base::Instant at) override;
  // Words of the operator that were taken.
  void operated(std::string_view words, base::Instant at);
  // False: the records could not be written; nothing they speak of may go on.
  bool write_out();

 private:
  JsonLinesAudit(transport::Descriptor file, std::string_view key);
  void begin(const decision::Caller& caller, base::Instant at, std::string_view decision);

  transport::Descriptor file_;
  std::string policy_;     // `,"policy":"<first 16 hex digits of its SHA-256>"`
  std::string file_name_;  // `,"file":"…"`
  base::KeyedDigest keyed_;
  std::string waiting_;
  std::string canonical_;
};

}  // namespace gatecrash::gateway
