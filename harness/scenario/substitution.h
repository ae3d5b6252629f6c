// `${name}`, the only substitution in scenario files, compiled once and rendered many times: a plan
// of ten thousand steps costs ten thousand appends, not ten thousand readings of the document.
//
//   ${cancel.tool}          a trait of the target
//   ${n}  ${n+10}           the counter of the `repeat` around it, from 0; sums and products
//   ${task[n]}              the id of a task that exists at the start
//   ${tasks[0..59]}         a list of ids, both ends included; only as a whole value
//   ${each}                 the value at hand of the `each` around it
//   ${canary.secret}        the text of that canary of the scenario
//   ${hex.c0af}             these bytes, in `raw` only
//   ${cancel.tool as upper} a trait in another spelling (spelling.h)
//   $${                     a plain `${`
// Where a value is nothing but one number, list or `${each}`, it keeps that kind; all else is text.
// Where nothing is substituted `${` is refused: nothing is taken as it is written by mistake.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/problem.h"
#include "harness/base/tree.h"
#include "harness/scenario/plan.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/spelling.h"
#include "harness/scenario/target.h"

namespace gatecrash::scenario {

// A sum of products of numbers and counters.
struct Sum {
  struct Product {
    std::int64_t factor = 1;
    std::vector<std::uint8_t> counters;  // loop depths
  };
  std::vector<Product> products;
};

struct Piece {
  enum class Kind : std::uint8_t { Literal, Trait, Number, Task, Tasks, Each };
  Kind kind = Kind::Literal;
  bool bare = false;       // Each: the value itself, not its text; Literal: nothing is escaped
  std::uint8_t depth = 0;  // Each: which `each` around it
  std::uint32_t name = 0;  // Trait: index into the names of the list
  const Spelling* spelling = nullptr;  // Trait: nothing: as it is
  std::string text;                    // Literal
  Sum first, last;
  base::SourcePos at;
};

struct Template {
  std::vector<Piece> pieces;
  bool escape = false;  // what is put in stands between the quotes of a JSON string
};

// One value of an `each`.
struct EachValue {
  Template json;
  Template text;
  bool has_text = true;  // it is no list, mapping or null
};

// Loops around the place that is being compiled, outermost first.
struct Scope {
  std::vector<std::string> counters;
  std::vector<const std::vector<EachValue>*> each;
};

class TemplateCompiler {
 public:
  // Trait names go to `names`; templates refer to them by index.
  TemplateCompiler(Reader& reader, std::vector<std::string>& names,
                   std::span<const Canary> canaries)
      : reader_(reader), names_(names), canaries_(canaries) {}

  Template text(base::Value value, const Scope& scope);  // of a scalar
  Template json(base::Value value, const Scope& scope);  // of anything: compact JSON
  Template raw(base::Value value, std::string_view text, const Scope& scope);  // bytes as written

 private:
  enum class Mode : std::uint8_t { Text, Json, Raw };
  void add_text(base::Value value, std::string_view text, bool key, Mode mode, const Scope& scope,
                Template& out);
  void add_json(base::Value value, const Scope& scope, Template& out);
  bool parse_slot(base::Value value, std::string_view content, base::SourcePos at, bool whole,
                  Mode mode, const Scope& scope, Piece& piece);
  bool parse_trait(std::string_view content, base::SourcePos at, Piece& piece);
  bool parse_bytes(std::string_view digits, base::SourcePos at, Mode mode, Piece& piece);
  bool find_canary(std::string_view name, base::SourcePos at, Piece& piece);
  bool parse_sum(std::string_view text, base::SourcePos at, const Scope& scope, Sum& sum);
  bool fail(base::SourcePos at, std::string message, std::string hint = {});

  Reader& reader_;
  std::vector<std::string>& names_;
  std::span<const Canary> canaries_;
};

// A text whose only names are canaries.
std::string with_canaries(Reader& reader, base::Value value, std::span<const Canary> canaries);

// Reports every text and key of the document with a `${` that did not become a template. To be
// called when all of the file has been read; other problems at the same place are dropped.
void refuse_literals(Reader& reader);

// What the names stand for while one list of steps is expanded.
struct Environment {
  const std::string& file;  // of the templates, for problems
  const std::vector<std::string>& names;
  const Target& target;
  const std::vector<TaskSpec>& tasks;
  base::Problems& problems;
  std::vector<const std::string*> resolved;  // per name, once used
  std::vector<std::int64_t> counters;
  std::vector<const EachValue*> each;
};

// Appends; false (and a problem) if a name stands for nothing in this environment.
bool render(const Template& the_template, Environment& environment, std::string& out);

}  // namespace gatecrash::scenario
