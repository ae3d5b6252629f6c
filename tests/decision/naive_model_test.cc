// The engine against the naive model, and broken engines that this comparison has to expose. A
// mutant is the real engine with one thing changed around it: its policy, its semantics, its
// counters or the name it is asked about.
#include "tests/support/build.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/file.h"
#include "harness/decision/counters.h"
#include "tests/support/model_compare.h"
#include "tests/support/paths.h"

using namespace gatecrash;
using decision::CounterRequest;
using decision::CounterStore;
using decision::Semantics;
using policy::Policy;
using test::EngineChange;

namespace {

// Passes everything on, save what a mutant overrides.
struct Wrapped : CounterStore {
  std::unique_ptr<CounterStore> inner = decision::make_memory_counters();
  std::vector<CounterRequest> changed;

  virtual void change(CounterRequest&) {}
  virtual base::Instant when(base::Instant now) { return now; }
  decision::CounterAnswer reserve(std::span<const CounterRequest> requests,
                                  base::Instant now) override {
    changed.assign(requests.begin(), requests.end());
    for (CounterRequest& each : changed) change(each);
    return inner->reserve(changed, when(now));
  }
  void commit(std::uint64_t ticket) override { inner->commit(ticket); }
  void rollback(std::uint64_t ticket, base::Instant now, bool current) override {
    inner->rollback(ticket, when(now), current);
  }
  std::optional<decision::Micros> value(const CounterRequest& request, base::Instant now) override {
    return inner->value(request, now);
  }
  void reset() override { inner->reset(); }
};

struct OneTooFew : Wrapped {
  void change(CounterRequest& each) override { each.limit -= 1; }  // `<` for `<=`
};
struct OneTooMany : Wrapped {
  void change(CounterRequest& each) override { each.limit += each.amount; }
};
struct CountsTwice : Wrapped {
  void change(CounterRequest& each) override { each.amount *= 2; }
};
struct CountsCalls : Wrapped {
  void change(CounterRequest& each) override { each.amount = 1; }
};
struct MixesCounters : Wrapped {
  void change(CounterRequest& each) override { each.key = "all", each.hash = 0; }
};
struct WrongFloor : Wrapped {
  base::Instant when(base::Instant now) override { return now + std::chrono::seconds{30}; }
};
struct LongWindow : Wrapped {
  void change(CounterRequest& each) override { each.window += std::chrono::microseconds{1}; }
};
struct ShortWindow : Wrapped {
  void change(CounterRequest& each) override { each.window -= std::chrono::microseconds{1}; }
};
struct NoRollback : Wrapped {
  void rollback(std::uint64_t ticket, base::Instant, bool) override { inner->commit(ticket); }
};
struct RollbackInOwnWindow : Wrapped {
  void rollback(std::uint64_t ticket, base::Instant now, bool) override {
    inner->rollback(ticket, now, false);
  }
};
struct KeepsPartOfARefusal : Wrapped {  // not all or nothing
  decision::CounterAnswer reserve(std::span<const CounterRequest> requests,
                                  base::Instant now) override {
    for (std::uint32_t i = 0; i < requests.size(); ++i) {
      if (!inner->reserve(requests.subspan(i, 1), now).granted) return {.refused_by = i};
    }
    return {.granted = true};
  }
};
struct FirstLimitOnly : Wrapped {
  decision::CounterAnswer reserve(std::span<const CounterRequest> requests,
                                  base::Instant now) override {
    return inner->reserve(requests.first(1), now);
  }
};

template <typename Store>
std::unique_ptr<CounterStore> make() {
  return std::make_unique<Store>();
}

void each_rule(Policy& policy, const std::function<void(policy::Rule&)>& change) {
  for (policy::ToolPolicy& tool : policy.tools) std::ranges::for_each(tool.rules, change);
  if (policy.wildcard) std::ranges::for_each(policy.wildcard->rules, change);
}

void each_condition(Policy& policy, const std::function<void(policy::Condition&)>& change) {
  each_rule(policy, [&](policy::Rule& rule) { std::ranges::for_each(rule.conditions, change); });
}

std::function<void(Policy&)> swap_operator(policy::Operator from, policy::Operator to) {
  return [=](Policy& policy) {
    each_condition(policy, [=](policy::Condition& each) {
      if (each.op == from) each.op = to;
    });
  };
}

std::function<void(Policy&)> swap_kind(policy::RuleKind from, policy::RuleKind to) {
  return [=](Policy& policy) {
    each_rule(policy, [=](policy::Rule& each) {
      if (each.kind == from && !each.limit) each.kind = to;
    });
  };
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string trimmed(const std::string& text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

std::vector<EngineChange> mutants() {
  using policy::Operator;
  using policy::RuleKind;
  using namespace decision;
  std::vector<EngineChange> all;
  const auto counting = [&](std::string name, std::unique_ptr<CounterStore> (*store)()) {
    all.push_back({.name = std::move(name), .store = store});
  };
  counting("less than for at most", make<OneTooFew>);
  counting("one call over the limit", make<OneTooMany>);
  counting("counts every call twice", make<CountsTwice>);
  counting("counts calls instead of weights", make<CountsCalls>);
  counting("one counter for all limits", make<MixesCounters>);
  counting("windows begin half a minute late", make<WrongFloor>);
  counting("a window longer by a microsecond", make<LongWindow>);
  counting("a window shorter by a microsecond", make<ShortWindow>);
  counting("never rolls back", make<NoRollback>);
  counting("rolls back in the window reserved in", make<RollbackInOwnWindow>);
  counting("keeps part of a refused reservation", make<KeepsPartOfARefusal>);
  counting("looks at the first limit only", make<FirstLimitOnly>);

  const auto reading = [&](std::string name, std::function<void(Policy&)> change) {
    all.push_back({.name = std::move(name), .policy = std::move(change)});
  };
  reading("first condition only", [](Policy& policy) {
    each_rule(policy, [](policy::Rule& each) {
      if (each.conditions.size() > 1) each.conditions.resize(1);
    });
  });
  reading("last condition only", [](Policy& policy) {
    each_rule(policy, [](policy::Rule& each) {
      if (each.conditions.size() > 1) each.conditions.erase(each.conditions.begin());
    });
  });
  reading("last rule first", [](Policy& policy) {
    for (policy::ToolPolicy& each : policy.tools) std::ranges::reverse(each.rules);
  });
  reading("no wildcard rules", [](Policy& policy) { policy.wildcard.reset(); });
  reading("nothing is hidden", [](Policy& policy) { policy.hide.clear(); });
  reading("default always allows",
          [](Policy& policy) { policy.default_action = policy::DefaultAction::Allow; });
  reading("default always denies",
          [](Policy& policy) { policy.default_action = policy::DefaultAction::Deny; });
  reading("deny_if read as require", swap_kind(RuleKind::DenyIf, RuleKind::Require));
  reading("require read as deny_if", swap_kind(RuleKind::Require, RuleKind::DenyIf));
  reading("deny read as evaluate", swap_kind(RuleKind::Deny, RuleKind::Evaluate));
  reading("lt read as lte", swap_operator(Operator::Lt, Operator::Lte));
  reading("gte read as gt", swap_operator(Operator::Gte, Operator::Gt));
  reading("neq read as not exists", [](Policy& policy) {
    each_rule(policy, [](policy::Rule& rule) {
      std::erase_if(rule.conditions,
                    [](const policy::Condition& each) { return each.op == Operator::Neq; });
    });
  });
  reading("paths look at the first step only", [](Policy& policy) {
    each_condition(policy, [](policy::Condition& each) {
      if (!each.on_state) each.steps.resize(1);
    });
  });
  reading("regexes are anchored", [](Policy& policy) {
    static const base::Node anchored{.text = "^a$", .kind = base::Kind::String};
    each_condition(policy, [](policy::Condition& each) {
      if (each.op == Operator::Regex && each.value.text() == "a")
        each.value = base::Value{&anchored};
    });
  });
  reading("lt limits admit N", [](Policy& policy) {
    each_rule(policy, [](policy::Rule& each) {
      if (each.limit) each.limit->inclusive = true;
    });
  });
  reading("increments are ignored", [](Policy& policy) {
    each_rule(policy, [](policy::Rule& each) {
      if (each.limit) each.limit->increment = "1";
    });
  });
  reading("increment_from is ignored", [](Policy& policy) {
    each_rule(policy, [](policy::Rule& each) {
      if (each.limit) each.limit->increment_from.clear();
    });
  });
  reading("every window is a minute", [](Policy& policy) {
    each_rule(policy, [](policy::Rule& each) {
      if (each.limit) each.limit->period = std::chrono::minutes{1};
    });
  });

  const auto knob = [&](std::string name, std::function<void(Semantics&)> change) {
    all.push_back({.name = std::move(name), .semantics = std::move(change)});
  };
  const auto flip = [](auto member, auto one, auto other) {
    return
        [=](Semantics& semantics) { semantics.*member = semantics.*member == one ? other : one; };
  };
  knob("the other kind of window",
       flip(&Semantics::window, WindowKind::Sliding, WindowKind::CalendarUtc));
  knob("the other counter key",
       flip(&Semantics::counter_key, CounterKey::Grant, CounterKey::ToolOnly));
  knob("the other list weight",
       flip(&Semantics::list_weight, ListWeight::Elements, ListWeight::One));
  knob("the other type rule",
       flip(&Semantics::type_mismatch, TypeMismatch::Deny, TypeMismatch::ComparePrinted));
  knob("the other weight rule",
       flip(&Semantics::weight, WeightRule::ExactPositive, WeightRule::Truncate));
  knob("the other refund", flip(&Semantics::refund, Refund::Never, Refund::OnRpcError));
  knob("the other clock rule",
       flip(&Semantics::clock_step, ClockStep::Monotonic, ClockStep::FollowWall));

  all.push_back({.name = "names are folded to lower case", .tool = lower});
  all.push_back({.name = "names are trimmed", .tool = trimmed});
  return all;
}

// One small case of so many is compared; all of them in an optimised build.
constexpr std::size_t kOf = test::kWholePack ? 1 : 29;

// Over `random` random cases, which find most defects at once, then the small ones; in both
// readings.
std::optional<std::string> first_difference(const EngineChange& change, std::size_t random,
                                            test::Answered& answered) {
  std::optional<std::string> found;
  std::size_t small_cases = 0;
  const auto use = [&](const test::ModelCase& one) {
    for (const bool hardened : {true, false}) {
      if (!found) found = test::difference(one, hardened, change, answered);
    }
    return !found;
  };
  test::each_random_case(1, random, use);
  if (found) return found;
  test::each_small_case(
      [&](const test::ModelCase& one) { return small_cases++ % kOf != 0 || use(one); });
  return found;
}

}  // namespace

TEST_CASE("engine and naive model agree on every small case and on random ones") {
  test::Answered answered;
  const auto found = first_difference({.name = "none"}, 400, answered);
  INFO(found.value_or(""));
  CHECK(!found);
  CHECK(answered.allowed > 40'000 / kOf);
  CHECK(answered.by_name > 1'000 / kOf);
  CHECK(answered.by_rule > 10'000 / kOf);
  CHECK(answered.by_limit > 10'000 / kOf);
  CHECK(answered.refunds > 1'000 / kOf);
}

TEST_CASE("the comparison exposes every broken engine") {
  const std::vector<EngineChange> all = mutants();
  CHECK(all.size() >= 12);
  for (const EngineChange& each : all) {
    INFO(each.name);
    test::Answered answered;
    CHECK(first_difference(each, 400, answered).has_value());
  }
}

TEST_CASE("the naive model stays small and apart") {
  const std::string text =
      base::read_file(test::source_path("tests/support/naive_model.h")).value();
  CHECK(std::ranges::count(text, '\n') <= 240);
  CHECK(text.find("#include \"harness/policy") == std::string::npos);
  CHECK(text.find("#include \"harness/decision") == std::string::npos);
}
