// What all loaders of this folder share: a place to report to, mappings read by table, and the
// parts that stand in more than one kind of file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "harness/base/document.h"
#include "harness/base/fields.h"
#include "harness/base/problem.h"
#include "harness/scenario/plan.h"
#include "harness/scenario/shapes.h"
#include "harness/scenario/target.h"

namespace gatecrash::scenario {

// One file under reading.
struct Reader {
  const base::Document& document;
  base::Problems& problems;
  std::unordered_set<std::uint32_t> substituted = {};  // offsets of the texts and keys that became
                                                       // templates (substitution.h)

  void report(base::Value at, std::string message, std::string hint = {});
  void report_key(base::Value at, std::string message, std::string hint = {});
  base::SourcePos place(base::Value value) const;
};

// A mapping read by its table. Every key of the table has to be read, whatever the file holds: the
// destructor checks.
class Mapping {
 public:
  Mapping(Reader& reader, base::Value value, const Shape& shape);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  base::Value any(std::string_view key);
  base::Value of(std::string_view key, base::Kind kind);
  std::string string(std::string_view key);  // empty if missing
  std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least,
                                      std::uint64_t most);
  std::optional<bool> boolean(std::string_view key);
  std::optional<base::Duration> duration(std::string_view key);
  std::optional<base::Instant> instant(std::string_view key);
  std::vector<std::string> strings(std::string_view key);
  std::optional<std::size_t> one_of(std::string_view key, const ClosedSet& set);

 private:
  void mark(std::string_view key);

  base::Value value_;
  const Shape& shape_;
  base::Fields fields_;
  std::uint64_t asked_ = 0;  // bit per key of the table
};

inline constexpr std::uint32_t kMaxTasks = 1'000'000;

// Ids stand in file names, reports and regular expressions.
void check_id(Reader& reader, base::Value value, std::string_view extra_characters);
// One non-empty text; reports anything else.
std::optional<std::string> read_text(Reader& reader, base::Value value, std::string_view what);
std::optional<Effect> read_effect(Reader& reader, base::Value value);
std::vector<Effect> read_effects(Reader& reader, base::Value value);
Cap read_cap(Reader& reader, base::Value value);
Promise read_promise(Reader& reader, base::Value value);
std::vector<Budget> read_budget(Reader& reader, base::Value value);
PolicyRef read_policy(Reader& reader, base::Value value);
void read_world(Reader& reader, base::Value value, Target& target);
// Their descriptions may hold canaries.
std::vector<ExtraTool> read_extra_tools(Reader& reader, base::Value value,
                                        std::span<const Canary> canaries = {});
// `effects: {tool: [effect, …]}`, the short form of extra_tools; joins them.
void read_tool_effects(Reader& reader, base::Value value, std::vector<ExtraTool>& tools);

// Problems in the order of the file, or the value.
void sort_problems(base::Problems& problems);

}  // namespace gatecrash::scenario
