// What the dialect readers share: reporting with place, strict or forgiving, and reading of
// scalars.
//
// Degrees of fault, by who refuses it. `error`: every reading. `forgivable`: the documents and the
// released proxy, not the lenient reading. `tolerated`: the documents alone. `refused_by_release`:
// the released proxy alone. Where it is not refused it is a warning, so nothing is dropped in
// silence.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/policy/policy.h"

namespace gatecrash::policy {

class Reading {
 public:
  Reading(const base::Document& document, const LoadOptions& options, base::Problems& problems);

  bool released() const { return options_.released && options_.dialect == Dialect::Intercept; }
  bool lenient() const { return options_.lenient || released(); }
  // Takes what the released proxy takes against the documents.
  bool tolerates() const { return lenient() && options_.dialect == Dialect::Intercept; }
  base::SourcePos place(base::Value value) const { return place(value.offset()); }
  base::SourcePos key_place(base::Value value) const { return place(value.key_offset()); }
  Anchor anchor(std::string path, base::Value value) const {
    return {std::move(path), place(value)};
  }
  // Of a mapping's member: the place is that of its key.
  Anchor key_anchor(std::string path, base::Value value) const {
    return {std::move(path), key_place(value)};
  }

  void error(base::SourcePos at, std::string message, std::string hint = {});
  // `id`: of the lint that repeats the warning (lint.h), if there is one.
  void warning(base::SourcePos at, std::string message, std::string hint = {},
               std::string_view id = {});
  void forgivable(base::SourcePos at, std::string message, std::string hint = {});
  void tolerated(base::SourcePos at, std::string message, std::string hint = {});
  void refused_by_release(base::SourcePos at, std::string message, std::string hint = {});

  // True if `value` is of that kind; else reports what it is instead.
  bool is(base::Value value, base::Kind kind, std::string_view what);
  // Every member of `mapping` with another name is an error, or dropped with a warning.
  void known_keys(base::Value mapping, std::string_view what,
                  std::span<const std::string_view> known);
  void known_keys(base::Value mapping, std::string_view what,
                  std::initializer_list<std::string_view> known) {
    known_keys(mapping, what, std::span(known.begin(), known.size()));
  }

  // Text of a member as it is written, absent if the member is. In YAML a plain scalar is text too
  // (`name: 5`), and the released loader takes null for a member that is not there; in JSON only a
  // string is text.
  std::optional<std::string> text(base::Value mapping, std::string_view key, std::string_view what);
  std::optional<std::string> text_of(base::Value value, std::string_view what);
  // Index of a member's text in `choices`; absent if the member is missing or something else, which
  // is reported.
  std::optional<std::size_t> one_of(base::Value mapping, std::string_view key,
                                    std::span<const std::string_view> choices);
  // Path below `args.`, split on dots; empty and reported if it does not begin with `args.`.
  std::vector<std::string> argument_path(base::Value value, std::string_view what);
  // The text as it is written.
  std::string_view spelling(base::Value value) const { return document_.spelling(value); }
  // `value`, but absent if it is null and the released loader takes null for a member that is not
  // there.
  base::Value unless_null(base::Value value, std::string_view what);
  // A finite decimal lexeme of at least (or, with `positive`, above) zero; reported otherwise.
  std::optional<std::string> decimal(base::Value value, std::string_view what, bool positive);

 private:
  base::SourcePos place(std::uint32_t offset) const;

  const base::Document& document_;
  const LoadOptions& options_;
  base::Problems& problems_;
  std::vector<std::uint32_t> lines_;  // offset of each line's first byte
  bool json_;
};

// `a/b~c` as one segment of a JSON Pointer: `a~1b~0c`.
std::string pointer_segment(std::string_view name);

// Is nothing in it but white space, as Go has it?
bool is_blank(std::string_view text);

// Is this the lexeme of a finite number as JSON writes it? (YAML also has `.inf`, `0x1f`, `+1`.)
bool is_json_number(std::string_view lexeme);

// The `conditions` member of a rule or predicate. `allow_state`: paths may begin with `state.` too
// (resolved later, when all counters are known; until then `steps` holds the split path).
std::vector<Condition> read_conditions(Reading& reading, base::Value list, const std::string& path,
                                       bool allow_state);

// The `default` clause, alike in all dialects; false if there is none.
bool read_default(Reading& reading, base::Value root, Policy& policy);

// The map of `tools`, read by `read_tool(value)`; `*` is the wildcard.
template <typename ReadTool>
void read_tool_map(Reading& reading, base::Value tools, Policy& policy, ReadTool read_tool) {
  policy.tools_anchor = reading.key_anchor("/tools", tools);
  if (!reading.is(tools, base::Kind::Object, "tools")) return;
  for (const base::Value each : tools) {
    if (is_blank(each.key())) {
      reading.tolerated(reading.key_place(each), "blank tool name");
      if (!reading.tolerates()) continue;
    }
    ToolPolicy tool = read_tool(each);
    if (tool.name == "*")
      policy.wildcard = std::move(tool);
    else
      policy.tools.push_back(std::move(tool));
  }
}

// `hide`, alike in all dialects.
std::vector<HideEntry> read_hide(Reading& reading, base::Value list);

// One per dialect. Each fills `policy` as far as it can and reports everything it finds.
void read_intercept(Reading& reading, base::Value root, Policy& policy);
void read_policylayer(Reading& reading, base::Value root, Policy& policy);
void read_prose(Reading& reading, base::Value root, Policy& policy);
void read_gatecrash(Reading& reading, base::Value root, Policy& policy);

// Parts of one dialect that another takes over, anchored below the tool's own place.
// `rules` of a tool, as Intercept has them; conditions on counters are resolved by resolve_states,
// once all tools are read.
void read_rules(Reading& reading, base::Value rules, ToolPolicy& tool);
void resolve_states(Reading& reading, Policy& policy);
// `require` or `deny_if` of a tool, as PolicyLayer has them.
void read_predicates(Reading& reading, base::Value list, std::string_view key, RuleKind kind,
                     ToolPolicy& tool);

// A JSON Schema as far as policies need one (gatecrash.cc says what): reports what is unknown or
// wrong.
void check_schema(Reading& reading, base::Value schema);

}  // namespace gatecrash::policy
