// Traits: what an attack may know of a target. The names are a closed table, so that a misspelt
// trait is an error and not an attack that silently fits nothing; `x.` begins a user's own names.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "harness/scenario/reading.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/target.h"

namespace gatecrash::scenario {

struct TraitEntry {
  enum class Kind : std::uint8_t {
    Text,
    Flag,      // "true"; "false" is as good as absent
    Computed,  // from promise, budget or other traits: no file sets it
    ComputedFlag,
  };
  std::string_view name;
  Kind kind;
  std::string_view summary;
};

// The visible table.
std::span<const TraitEntry> trait_table();
const TraitEntry* find_trait(std::string_view name);
bool is_own_trait(std::string_view name);  // `x.…`
std::string trait_hint(std::string_view name);

// A nested mapping as dotted names: `cancel: {tool: t}` is `cancel.tool: t`.
void read_traits(Reader& reader, base::Value value, Traits& traits);
// What follows from the rest of the target.
void compute_traits(Target& target);

// `fits:` and `when:`: a mapping from trait to `present`, `absent` or a value.
std::vector<Fit> read_fits(Reader& reader, base::Value value);
bool holds(std::span<const Fit> fits, const Traits& traits);

}  // namespace gatecrash::scenario
