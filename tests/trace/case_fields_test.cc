// A case that is written and read back loses nothing: generated values in every field. `members`
// names the members of each struct once; a struct with a member more does not compile there.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "harness/base/seed.h"
#include "harness/base/text.h"
#include "harness/decision/engine.h"
#include "harness/mcp/messages.h"
#include "harness/trace/case.h"
#include "tests/support/catch.h"

namespace gatecrash::trace {
namespace {

void members(auto& take, base::SourcePos& value) {
  auto& [line, column] = value;
  take(line, column);
}
void members(auto& take, base::Problem& value) {
  auto& [file, at, message, hint, severity, id] = value;
  take(file, at, message, hint, severity, id);
}
void members(auto& take, scenario::Cap& value) {
  auto& [max, per, scope, at] = value;
  take(max, per, scope, at);
}
void members(auto& take, scenario::Promise& value) {
  auto& [cancel, hidden, callable, callable_rest, says] = value;
  take(cancel, hidden, callable, callable_rest, says);
}
void members(auto& take, scenario::Budget& value) {
  auto& [effect, cap] = value;
  take(effect, cap);
}
void members(auto& take, scenario::TaskSpec& value) {
  auto& [id, state, owner, work, upstream] = value;
  take(id, state, owner, work, upstream);
}
void members(auto& take, scenario::WorldSpec& value) {
  auto& [tasks] = value;
  take(tasks);
}
void members(auto& take, scenario::ExtraTool& value) {
  auto& [name, description, input_schema, annotations, effects, acts_on, after_rug_pull, at] =
      value;
  take(name, description, input_schema, annotations, effects, acts_on, after_rug_pull, at);
}
void members(auto& take, scenario::UpstreamSpec& value) {
  auto& [name, mock, mock_profile, personalities, extra_tools] = value;
  take(name, mock, mock_profile, personalities, extra_tools);
}
void members(auto& take, scenario::HubSpec& value) {
  auto& [upstreams, bare_names] = value;
  take(upstreams, bare_names);
}
void members(auto& take, scenario::Expect& value) {
  auto& [outcome, absent, present, like_previous, at] = value;
  take(outcome, absent, present, like_previous, at);
}
void members(auto& take, scenario::Step& value) {
  auto& [kind, purpose, choice, tool, arguments, line, unended, by, most, as, expect, at,
         in_target] = value;
  take(kind, purpose, choice, tool, arguments, line, unended, by, most, as, expect, at, in_target);
}
void members(auto& take, scenario::Invariant& value) {
  auto& [kind, effect, cap, at] = value;
  take(kind, effect, cap, at);
}
void members(auto& take, scenario::PrincipalSpec& value) {
  auto& [name, grant, tenant] = value;
  take(name, grant, tenant);
}
void members(auto& take, scenario::Canary& value) {
  auto& [name, text, of] = value;
  take(name, text, of);
}
void members(auto& take, scenario::EarlierPolicy& value) {
  auto& [path, dialect, text, lenient_if_refused, at] = value;
  take(path, dialect, text, lenient_if_refused, at);
}
void members(auto& take, scenario::Plan& value) {
  auto& [scenario, file, kind, variant, seed, era, start, mock, mock_profile, personalities,
         extra_tools, hub, world, grant, principals, canaries, reloaded_from, upstream_tools, steps,
         always] = value;
  take(scenario, file, kind, variant, seed, era, start, mock, mock_profile, personalities,
       extra_tools, hub, world, grant, principals, canaries, reloaded_from, upstream_tools, steps,
       always);
}
void members(auto& take, EndMark& value) {
  auto& [events, digest] = value;
  take(events, digest);
}
void members(auto& take, Run& value) {
  auto& [kind, plan, agent, gateway, ledger, digest_before, digest_after, complete, problem,
         disputed, unfenced] = value;
  take(kind, plan, agent, gateway, ledger, digest_before, digest_after, complete, problem, disputed,
       unfenced);
}
void members(auto& take, PolicyUse& value) {
  auto& [file, dialect, text, content_hash, meaning, refused, stands_in, gateway_problems] = value;
  take(file, dialect, text, content_hash, meaning, refused, stands_in, gateway_problems);
}
void members(auto& take, Case& value) {
  auto& [scenario, attack_id, title, severity, null_verdict, contained_by_refusal, file, target,
         target_file, lane, era, lacks, promise, budget, traits, policy, teeth, attack, probed,
         benign] = value;
  take(scenario, attack_id, title, severity, null_verdict, contained_by_refusal, file, target,
       target_file, lane, era, lacks, promise, budget, traits, policy, teeth, attack, probed,
       benign);
}

template <typename Enum>
constexpr Enum kLast = Enum::kLastIsNotNamedHere;
template <>
constexpr auto kLast<base::Severity> = base::Severity::Note;
template <>
constexpr auto kLast<scenario::Effect> = scenario::Effect::ConfigChanged;
template <>
constexpr auto kLast<scenario::StepKind> = scenario::StepKind::Probe;
template <>
constexpr auto kLast<scenario::Step::Purpose> = scenario::Step::Purpose::Control;
template <>
constexpr auto kLast<scenario::Expect::Outcome> = scenario::Expect::Outcome::Deny;
template <>
constexpr auto kLast<scenario::Invariant::Kind> = scenario::Invariant::Kind::Audit;
template <>
constexpr auto kLast<scenario::RunKind> = scenario::RunKind::Probe;
template <>
constexpr auto kLast<EventKind> = EventKind::Failed;
template <>
constexpr auto kLast<mcp::ReplyShape> = mcp::ReplyShape::Malformed;
template <>
constexpr auto kLast<decision::Outcome> = decision::Outcome::Refuse;

// Puts chance into every field.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : seed_(seed) {}

  void operator()(auto&... values) { (fill(values), ...); }

 private:
  bool toss() { return seed_.below(2) == 0; }
  template <typename Enum>
  Enum any() {
    return static_cast<Enum>(seed_.below(static_cast<std::uint64_t>(kLast<Enum>) + 1));
  }

  template <typename T>
  void fill(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = toss();
    } else if constexpr (std::is_enum_v<T>) {
      value = any<T>();
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(seed_.next() >> seed_.below(64));
    } else {
      members(*this, value);
    }
  }
  template <typename T>
  void fill(std::optional<T>& value) {
    if (toss()) fill(value.emplace());
  }
  template <typename T>
  void fill(std::vector<T>& values) {
    values.resize(seed_.below(4));
    for (T& each : values) fill(each);
  }
  void fill(base::Problems& values) { fill(static_cast<std::vector<base::Problem>&>(values)); }
  void fill(std::string& value) {
    constexpr std::string_view kPieces[] = {"a",    "\"", "\\", "\n", "\xc3\xa9", "\xff",
                                            "task", "{}", " ",  "7",  "\x01",     "null"};
    for (std::uint64_t left = seed_.below(5); left > 0; --left)
      value += kPieces[seed_.below(std::size(kPieces))];
    if (toss() && toss()) value += '\0';
  }
  // As scenarios know them: whole milliseconds, up to a year.
  void fill(base::Duration& value) {
    value = std::chrono::milliseconds(
        seed_.below(std::chrono::hours(8760) / std::chrono::milliseconds(1)));
  }
  void fill(base::Instant& value) {
    value = base::default_start() + base::Duration(static_cast<std::int64_t>(seed_.next() >> 20));
  }
  void fill(scenario::Traits& value) {
    for (const char* const name : {"cancel.tool", "cancel.id", "promise.cancel.max"}) {
      if (toss()) fill(value[name]);
    }
  }
  void fill(std::shared_ptr<const scenario::EarlierPolicy>& value) {
    if (toss()) return;
    auto made = std::make_shared<scenario::EarlierPolicy>();
    fill(*made);
    value = made;
  }
  void fill(std::shared_ptr<const scenario::Plan>& value) {
    auto made = std::make_shared<scenario::Plan>();
    fill(*made);
    steps_ = made->steps.size();
    value = made;
  }
  void fill(Trace& trace) {
    for (std::uint64_t left = seed_.below(5); left > 0; --left) {
      std::string text, more, extra;
      (*this)(text, more, extra);
      Event& event = trace.add(any<EventKind>(), text, more, extra);
      auto& [kind, detail, step, connection, number, at, text_at, more_at, extra_at, place, call] =
          event;
      (*this)(connection, number, at, place, call);
      if (steps_ > 0 && toss()) step = static_cast<std::uint32_t>(seed_.below(steps_));
      if (kind == EventKind::Received) detail = static_cast<std::uint8_t>(any<mcp::ReplyShape>());
      if (kind == EventKind::Decided) detail = static_cast<std::uint8_t>(any<decision::Outcome>());
      if (kind == EventKind::Effected) detail = static_cast<std::uint8_t>(any<scenario::Effect>());
    }
    std::optional<EndMark> end;
    fill(end);
    trace.set_end(end);
  }
  // A policy that is read again has to be one.
  void fill(PolicyUse& value) {
    members(*this, value);
    value.meaning = nullptr;
    if (toss()) return;
    value.dialect = to_string(policy::Dialect::PolicyLayer);
    value.text = R"({"version":"1","default":"deny"})";
    value.meaning = policy::load_text(value.file, value.text,
                                      {.dialect = policy::Dialect::PolicyLayer, .lenient = toss()})
                        .policy;
    REQUIRE(value.meaning != nullptr);
  }
  void fill(std::shared_ptr<const policy::Policy>&) {}

  base::Seed seed_;
  std::size_t steps_ = 0;  // of the plan of the run that is filled
};

// Every field as a text, one after the other.
class Printer {
 public:
  void operator()(auto&... values) { (print(values), ...); }
  std::vector<std::string> lines;

 private:
  void line(std::string text) { lines.push_back(std::move(text)); }

  template <typename T>
  void print(T& value) {
    if constexpr (std::is_enum_v<T>) {
      line(std::to_string(static_cast<int>(value)));
    } else if constexpr (std::is_integral_v<T>) {
      line(std::to_string(value));
    } else {
      members(*this, value);
    }
  }
  template <typename T>
  void print(std::optional<T>& value) {
    line(value ? "some" : "none");
    if (value) print(*value);
  }
  template <typename T>
  void print(std::vector<T>& values) {
    line(std::to_string(values.size()) + " values");
    for (T& each : values) print(each);
  }
  void print(base::Problems& values) { print(static_cast<std::vector<base::Problem>&>(values)); }
  void print(std::string& value) { line("text " + value); }
  void print(base::Duration& value) { line(std::to_string(value.count())); }
  void print(base::Instant& value) { line(std::to_string(value.time_since_epoch().count())); }
  void print(scenario::Traits& value) {
    for (auto& [name, text] : value) line(name + "=" + text);
  }
  template <typename T>
  void print(std::shared_ptr<const T>& value) {
    line(value ? "there" : "null");
    if (!value) return;
    T copy = *value;
    print(copy);
  }
  void print(std::shared_ptr<const policy::Policy>& value) {
    line(!value ? "no meaning" : value->lenient ? "lenient" : "strict");
  }
  void print(Trace& trace) {
    for (Event event : trace.events()) {
      auto& [kind, detail, step, connection, number, at, text, more, extra, place, call] = event;
      (*this)(kind, detail, step, connection, number, at, place, call);
      for (const Span each : {text, more, extra}) line("bytes " + std::string(trace.view(each)));
    }
    std::optional<EndMark> end = trace.end();
    print(end);
  }
};

std::vector<std::string> printed(Case& the_case) {
  Printer printer;
  printer(the_case);
  return printer.lines;
}

TEST_CASE("A case with any values in its fields is read back as it was written") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    Case made;
    Filler fill(seed);
    fill(made);
    const std::string text = write_case(made);
    const auto read = read_case("case.json", text);
    INFO((read.has_value() ? std::string() : base::to_string(read.error())));
    REQUIRE(read.has_value());
    const std::vector<std::string> before = printed(made), after = printed(**read);
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      INFO("field " << i << " after " << base::quoted(i == 0 ? "" : before[i - 1]));
      REQUIRE(before[i] == after[i]);
    }
    CHECK(write_case(**read) == text);
  }
}

}  // namespace
}  // namespace gatecrash::trace
