// The target of a scenario file that stands alone: `upstreams`, `policy`, and what may stand beside
// them.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "harness/scenario/reading.h"

namespace gatecrash::scenario {

class OwnTarget {
 public:
  // Takes its keys from the file's.
  OwnTarget(Reader& reader, Mapping& fields);

  // The file stands alone, or means to.
  bool said() const { return policy_ || upstreams_; }
  // Of a file that does not: reports those that make no sense there.
  void refuse_parts();
  std::shared_ptr<const Target> read(std::shared_ptr<const base::Document> document,
                                     const std::string& hash, std::span<const Canary> canaries);

 private:
  void read_only_upstream(base::Value value, std::span<const Canary> canaries);
  void read_hub(std::span<const Canary> canaries);

  Reader& reader_;
  std::shared_ptr<Target> target_ = std::make_shared<Target>();
  base::Value policy_, upstreams_, hub_, promise_, budget_, traits_, grant_;
  bool bare_names_ = false;
};

}  // namespace gatecrash::scenario
