// Takes out of what the upstream says the texts a policy does not want an agent to see: in every
// string and number, member names included, of a message's result, error or params. Ids and methods
// stay: an answer goes to who asked. What stands in their place says which redaction it was.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/base/tree.h"
#include "harness/policy/policy.h"

namespace re2 {
class RE2;
}

namespace gatecrash::gateway {

class Redactor {
 public:
  explicit Redactor(const std::vector<policy::Redaction>& redactions);
  ~Redactor();
  Redactor(Redactor&&) noexcept;
  Redactor& operator=(Redactor&&) noexcept;

  bool empty() const { return entries_.empty(); }
  // Appends the message without those texts. False, and nothing appended, if none occurs.
  bool write(base::Value message, std::string& out);
  // Which redactions, by path, found something in the message written last.
  template <class Each>
  void each_taken(const Each& each) const {
    for (const Entry& entry : entries_) {
      if (entry.taken) each(entry.path);
    }
  }

 private:
  struct Entry {
    std::unique_ptr<re2::RE2> regex;
    std::string stands_for;
    std::string path;
    bool taken = false;
  };
  bool occurs(base::Value value) const;
  bool occurs(std::string_view text) const;
  void write_value(base::Value value, std::string& out);
  void write_text(std::string_view text, std::string& out);

  std::vector<Entry> entries_;
  std::string text_;
};

}  // namespace gatecrash::gateway
