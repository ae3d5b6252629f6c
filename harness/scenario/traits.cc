#include "harness/scenario/traits.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "harness/base/text.h"

namespace gatecrash::scenario {
namespace {

using TraitKind = TraitEntry::Kind;

constexpr TraitEntry kTraits[] = {
    {"cancel.tool", TraitKind::Text, "the tool that cancels a task"},
    {"cancel.id", TraitKind::Text, "its argument that names the task"},
    {"cancel.accepts_list", TraitKind::Flag, "that argument may be a list"},
    {"cancel.cosmetic", TraitKind::Flag, "a cancelled task's work goes on"},
    {"cancel.forbidden", TraitKind::ComputedFlag, "the promise is that nothing is ever cancelled"},
    {"status.tool", TraitKind::Text, "a tool that reads one task and changes nothing"},
    {"status.id", TraitKind::Text, "its argument that names the task"},
    {"list.tool", TraitKind::Text, "a tool that lists the tasks"},
    {"lists_tasks", TraitKind::ComputedFlag, "there is a tool that lists the tasks"},
    {"read.tool", TraitKind::Computed, "a tool that changes nothing: status.tool, else list.tool"},
    {"create.tool", TraitKind::Text, "a tool that starts work"},
    {"create.text", TraitKind::Text, "its argument that describes the work"},
    {"message.tool", TraitKind::Text, "a tool that sends text to someone"},
    {"message.text", TraitKind::Text, "its argument that holds the text"},
    {"target", TraitKind::Computed, "the target's id"},
    {"mock", TraitKind::Computed, "the mock behind it"},
    {"promise.cancel.max", TraitKind::Computed, "how many cancels are promised at most"},
    {"promise.cancel.per", TraitKind::Computed, "in which time; absent: ever"},
    {"promise.cancel.scope", TraitKind::Computed, "for whom"},
    {"promise.hidden", TraitKind::Computed, "tools promised to be hidden"},
    {"promise.callable", TraitKind::Computed, "tools promised to work: names or `rest`"},
    {"budget.task.cancelled.max", TraitKind::Computed, "how many cancels the owner bears"},
    {"budget.task.cancelled.per", TraitKind::Computed, "in which time"},
};

bool is_flag(std::string_view name) {
  const TraitEntry* entry = find_trait(name);
  return entry != nullptr &&
         (entry->kind == TraitKind::Flag || entry->kind == TraitKind::ComputedFlag);
}

void read_trait(Reader& reader, base::Value value, const std::string& name, Traits& traits) {
  const TraitEntry* entry = find_trait(name);
  if (entry == nullptr && !is_own_trait(name)) {
    reader.report_key(value, "unknown trait " + base::quoted(name), trait_hint(name));
    return;
  }
  if (entry != nullptr &&
      (entry->kind == TraitKind::Computed || entry->kind == TraitKind::ComputedFlag)) {
    reader.report_key(value,
                      "the trait " + base::quoted(name) + " follows from the rest of the file");
    return;
  }
  if (entry != nullptr && entry->kind == TraitKind::Flag && !value.is_bool()) {
    reader.report(value, "the trait " + base::quoted(name) + " has to be true or false");
    return;
  }
  if (value.text().empty()) {
    reader.report(value, "the trait " + base::quoted(name) + " is empty", "leave it out instead");
    return;
  }
  traits.emplace(name, value.text());
}

void read_nested(Reader& reader, base::Value value, const std::string& prefix, Traits& traits) {
  for (const base::Value each : value) {
    const std::string name = prefix + std::string(each.key());
    if (each.is_object()) {
      read_nested(reader, each, name + ".", traits);
    } else if (each.is_scalar()) {
      read_trait(reader, each, name, traits);
    } else {
      reader.report(each,
                    "the trait " + base::quoted(name) + " has to be text, a number or a boolean");
    }
  }
}

}  // namespace

std::span<const TraitEntry> trait_table() {
  return kTraits;
}

const TraitEntry* find_trait(std::string_view name) {
  const auto at = std::ranges::find(kTraits, name, &TraitEntry::name);
  return at == std::end(kTraits) ? nullptr : at;
}

bool is_own_trait(std::string_view name) {
  return name.starts_with("x.") && name.size() > 2;
}

std::string trait_hint(std::string_view name) {
  std::array<std::string_view, std::size(kTraits)> names;
  std::ranges::transform(kTraits, names.begin(), &TraitEntry::name);
  if (!base::closest(name, names).empty()) return base::did_you_mean(name, names);
  return "names of your own begin with `x.`";
}

void read_traits(Reader& reader, base::Value value, Traits& traits) {
  if (!value) return;
  if (!value.is_object()) {
    reader.report(value, "`traits` has to be a mapping");
    return;
  }
  read_nested(reader, value, {}, traits);
}

void compute_traits(Target& target) {
  Traits& traits = target.traits;
  traits["target"] = target.id;
  traits["mock"] = target.mock;
  if (traits.contains("list.tool")) traits["lists_tasks"] = "true";
  for (const std::string_view name : {"status.tool", "list.tool"}) {
    if (const auto at = traits.find(name); at != traits.end())
      traits.emplace("read.tool", at->second);
  }
  if (const auto& cancel = target.promise.cancel) {
    traits["promise.cancel.max"] = std::to_string(cancel->max);
    if (cancel->per) traits["promise.cancel.per"] = base::to_string(*cancel->per);
    if (!cancel->scope.empty()) traits["promise.cancel.scope"] = cancel->scope;
    if (cancel->max == 0) traits["cancel.forbidden"] = "true";
  }
  if (!target.promise.hidden.empty()) {
    traits["promise.hidden"] = base::join(target.promise.hidden, ",");
  }
  if (target.promise.callable_rest) {
    traits["promise.callable"] = "rest";
  } else if (!target.promise.callable.empty()) {
    traits["promise.callable"] = base::join(target.promise.callable, ",");
  }
  for (const Budget& budget : target.budget) {
    if (budget.effect != Effect::TaskCancelled) continue;
    traits["budget.task.cancelled.max"] = std::to_string(budget.cap.max);
    if (budget.cap.per) traits["budget.task.cancelled.per"] = base::to_string(*budget.cap.per);
  }
}

std::vector<Fit> read_fits(Reader& reader, base::Value value) {
  std::vector<Fit> fits;
  if (!value) return fits;
  if (!value.is_object()) {
    reader.report(value, "traits are asked for in a mapping", "`{cancel.tool: present}`");
    return fits;
  }
  for (const base::Value each : value) {
    Fit fit{.trait = std::string(each.key()), .at = reader.document.key_place(each)};
    if (find_trait(fit.trait) == nullptr && !is_own_trait(fit.trait)) {
      reader.report_key(each, "unknown trait " + base::quoted(fit.trait), trait_hint(fit.trait));
    }
    if (!each.is_scalar()) {
      reader.report(each, "a trait is `present`, `absent` or has a value");
    } else if (each.text() == "present") {
      fit.kind = Fit::Kind::Present;
    } else if (each.text() == "absent") {
      fit.kind = Fit::Kind::Absent;
    } else {
      fit.kind = Fit::Kind::Equals;
      fit.value = each.text();
      if (is_flag(fit.trait) && !each.is_bool()) {
        reader.report(each, "the trait " + base::quoted(fit.trait) + " is true or false");
      }
    }
    fits.push_back(std::move(fit));
  }
  return fits;
}

bool holds(std::span<const Fit> fits, const Traits& traits) {
  return std::ranges::all_of(fits, [&](const Fit& fit) {
    const auto at = traits.find(fit.trait);
    const bool flag = is_flag(fit.trait);
    const bool present = at != traits.end() && !(flag && at->second == "false");
    switch (fit.kind) {
      case Fit::Kind::Present: return present;
      case Fit::Kind::Absent: return !present;
      case Fit::Kind::Equals:
        return flag ? present == (fit.value == "true") : present && at->second == fit.value;
    }
    return false;
  });
}

}  // namespace gatecrash::scenario
