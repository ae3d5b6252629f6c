#include <algorithm>
#include <filesystem>
#include <utility>

#include "harness/base/digest.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/scenario/body.h"
#include "harness/scenario/own_target.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/substitution.h"
#include "harness/scenario/traits.h"

namespace gatecrash::scenario {
namespace {

constexpr std::uint64_t kFormat = 1;

using Kind = Invariant::Kind;

constexpr std::pair<std::string_view, Kind> kInvariants[] = {
    {"promise", Kind::Promise},   {"budget", Kind::Budget}, {"unchanged", Kind::Unchanged},
    {"at_most", Kind::AtMost},    {"never", Kind::Never},   {"work_stops", Kind::WorkStops},
    {"canary", Kind::CanarySent}, {"audit", Kind::Audit},
};

void require(Reader& reader, base::Value scenario, std::string_view key) {
  if (!scenario.is_object() || scenario.find(key)) return;
  reader.report(scenario, base::quoted(key) + " is missing in a scenario");
}

// Without `steps` there is nothing that these could be about.
void refuse_parts_of_an_attack(Reader& reader, Mapping& fields) {
  for (const std::string_view key :
       {"attack", "always", "matrix", "null_verdict", "refused_policy"}) {
    if (const base::Value part = fields.any(key)) {
      reader.report_key(part, base::quoted(key) + " is about an attack, but there are no `steps`",
                        "without `steps` a file is everyday traffic that has to pass");
    }
  }
}

// Whoever lists principals means all of them: a slip in `as` would act under the target's own
// grant.
void check_principals(Reader& reader, base::Value listed, base::Value value,
                      const std::vector<PrincipalSpec>& known) {
  if (!listed || !(value.is_list() || value.is_object())) return;
  for (const base::Value each : value) {
    if (value.is_object() && each.key() == "as" && each.is_string()) {
      if (each.text().find("${") != std::string_view::npos) continue;  // known when it is expanded
      if (std::ranges::find(known, each.text(), &PrincipalSpec::name) != known.end()) continue;
      std::vector<std::string_view> names;
      for (const PrincipalSpec& principal : known) names.push_back(principal.name);
      reader.report(each, "there is no principal " + base::quoted(each.text()),
                    base::did_you_mean(each.text(), names));
    } else {
      check_principals(reader, listed, each, known);
    }
  }
}

AttackInfo read_info(Reader& reader, base::Value value) {
  AttackInfo info;
  if (!value) return info;
  Mapping fields(reader, value, shapes::kAttackInfo);
  info.id = read_text(reader, fields.any("id"), "`id`").value_or(std::string{});
  if (const auto status = fields.one_of("status", sets::kStatus)) {
    info.status = static_cast<AttackStatus>(*status);
  }
  if (const auto severity = fields.one_of("severity", sets::kSeverity)) {
    info.severity = sets::kSeverity.values[*severity];
  }
  info.tags = fields.strings("tags");
  info.sources = fields.strings("sources");
  if (info.status == AttackStatus::Documented && info.sources.empty()) {
    reader.report(fields.any("status"), "a documented attack needs a source",
                  "`variant` if nobody has described it");
  }
  return info;
}

void read_kind(Reader& reader, base::Value value, Invariant& invariant) {
  switch (invariant.kind) {
    case Kind::Promise:
      if (value.text() != "cancel") reader.report(value, "only `promise: cancel` is known");
      invariant.effect = Effect::TaskCancelled;
      break;
    case Kind::Budget:
      if (value.text() != "all") invariant.effect = read_effect(reader, value);
      break;
    case Kind::Unchanged:
      if (value.text() != "tasks") reader.report(value, "only `unchanged: tasks` is known");
      break;
    case Kind::Never: invariant.effect = read_effect(reader, value); break;
    case Kind::WorkStops:
      if (!value.is_true()) reader.report(value, "only `work_stops: true` is known");
      break;
    case Kind::CanarySent:
    case Kind::CanaryShown:
      if (value.text() != "sent" && value.text() != "shown") {
        reader.report(value, "only `canary: sent` and `canary: shown` are known");
      } else if (value.text() == "shown") {
        invariant.kind = Kind::CanaryShown;
      }
      if (!reader.document.tree.root().find("canaries")) {
        reader.report(value, "a claim about canaries, but there are none",
                      "`canaries: {name: text}`");
      }
      break;
    case Kind::Audit:
      if (value.text() != "distinct") reader.report(value, "only `audit: distinct` is known");
      break;
    case Kind::AtMost: {
      Mapping fields(reader, value, shapes::kAtMost);
      invariant.effect = read_effect(reader, fields.any("effect"));
      invariant.cap.at = reader.place(value);
      invariant.cap.max = fields.number("max", 0, UINT64_MAX).value_or(0);
      invariant.cap.per = fields.duration("per");
      break;
    }
  }
}

std::vector<InvariantTemplate> read_always(Reader& reader, base::Value value) {
  std::vector<InvariantTemplate> always;
  if (!value) return always;
  if (!value.is_list()) {
    reader.report(value, "`always` has to be a list of invariants");
    return always;
  }
  for (const base::Value each : value) {
    InvariantTemplate made;
    made.invariant.at = reader.place(each);
    Mapping fields(reader, each, shapes::kInvariant);
    std::size_t found = 0;
    for (const auto& [name, kind] : kInvariants) {
      const base::Value what = fields.any(name);
      if (!what) continue;
      if (++found > 1) {
        reader.report_key(what, "one invariant at a time");
        continue;
      }
      made.invariant.kind = kind;
      read_kind(reader, what, made.invariant);
    }
    if (found == 0 && each.is_object()) {
      std::vector<std::string_view> names;
      for (const auto& entry : kInvariants) names.push_back(entry.first);
      reader.report(each, "an invariant claims nothing", base::did_you_mean({}, names));
    }
    made.when = read_fits(reader, fields.any("when"));
    always.push_back(std::move(made));
  }
  return always;
}

// Of what a scenario may need, what the harness does.
constexpr std::string_view kOffered[] = {"approvals", "audit",    "concurrency",
                                         "faults",    "operator", "several-upstreams"};

// What is needed and the harness cannot do yet, as a reason; empty if nothing.
std::string read_needs(Reader& reader, base::Value value, std::vector<std::string> needs) {
  const auto check = [&](base::Value need) {
    if (!need.is_scalar()) return;  // reported where it was read
    if (std::ranges::find(sets::kNeeds.values, need.text()) == sets::kNeeds.values.end()) {
      reader.report(need, "unknown need " + base::quoted(need.text()),
                    base::did_you_mean(need.text(), sets::kNeeds.values));
    }
  };
  check(value);
  if (value.is_list()) {
    for (const base::Value each : value) check(each);
  }
  std::erase_if(needs, [](const std::string& need) {
    return std::ranges::find(kOffered, need) != std::end(kOffered);
  });
  if (needs.empty()) return {};
  return "needs " + base::join(needs, ", ") + ", which is not there yet";
}

std::shared_ptr<const EarlierPolicy> read_earlier_policy(Reader& reader, base::Value value) {
  if (!value) return nullptr;
  PolicyRef ref = read_policy(reader, value);
  auto policy = std::make_shared<EarlierPolicy>();
  policy->path = ref.file.empty() ? reader.document.path : ref.file;
  policy->dialect = std::move(ref.dialect);
  policy->text = std::move(ref.inline_text);
  policy->lenient_if_refused = ref.lenient_if_refused;
  policy->at = ref.at;
  std::error_code error;
  if (!ref.file.empty() && std::filesystem::is_regular_file(ref.file, error)) {
    auto text = base::read_file(ref.file);
    if (!text) {
      base::append(reader.problems, text.error());
    } else {
      policy->text = std::move(*text);
    }
  }
  return policy;
}

// `principals: {each: "p${n}", count: 1000}`: a principal of its own has a mapping.
bool is_sweep(base::Value principals) {
  return principals.is_object() && principals.find("each") && !principals.find("each").is_object();
}

void read_sweep(Reader& reader, base::Value value, SweepTemplate& sweep) {
  Mapping fields(reader, value, shapes::kSweep);
  TemplateCompiler compiler(reader, sweep.names, {});
  Scope scope;
  scope.counters.emplace_back("n");
  const auto read = [&](std::string_view key) {
    const base::Value text = fields.any(key);
    if (!read_text(reader, text, "`" + std::string(key) + "`")) return Template{};
    return compiler.text(text, scope);
  };
  sweep.at = reader.place(fields.any("each"));
  sweep.each = read("each");
  sweep.grant = read("grant");
  sweep.tenant = read("tenant");
  sweep.count = static_cast<std::uint32_t>(fields.number("count", 1, kMaxSwept).value_or(0));
}

std::vector<PrincipalSpec> read_principals(Reader& reader, base::Value value) {
  std::vector<PrincipalSpec> principals;
  if (!value) return principals;
  if (!value.is_object()) {
    reader.report(value, "`principals` has to be a mapping from name to grant and tenant");
    return principals;
  }
  for (const base::Value each : value) {
    if (each.key().empty()) reader.report_key(each, "a principal needs a name");
    Mapping fields(reader, each, shapes::kPrincipal);
    principals.push_back(
        {.name = std::string(each.key()),
         .grant = read_text(reader, fields.any("grant"), "`grant`").value_or(std::string{}),
         .tenant = read_text(reader, fields.any("tenant"), "`tenant`").value_or(std::string{})});
  }
  return principals;
}

Canary read_canary(Reader& reader, base::Value value,
                   const std::vector<PrincipalSpec>& principals) {
  Canary canary{.name = std::string(value.key())};
  base::Value text = value;
  if (value.is_object()) {
    Mapping fields(reader, value, shapes::kOwnedCanary);
    text = fields.any("text");
    canary.of = read_text(reader, fields.any("of"), "`of`").value_or(std::string{});
    if (!canary.of.empty() &&
        std::ranges::find(principals, canary.of, &PrincipalSpec::name) == principals.end()) {
      reader.report(fields.any("of"), "there is no principal " + base::quoted(canary.of),
                    "`principals: {name: …}` in this file");
    }
  }
  canary.text = read_text(reader, text, "a canary").value_or(std::string{});
  if (std::ranges::any_of(canary.text, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
    reader.report(text, "a canary has to be one line");
  return canary;
}

std::vector<Canary> read_canaries(Reader& reader, base::Value value,
                                  const std::vector<PrincipalSpec>& principals) {
  std::vector<Canary> canaries;
  if (!value) return canaries;
  if (!value.is_object() || value.size() == 0) {
    reader.report(value, "`canaries` has to be a mapping from name to text");
    return canaries;
  }
  for (const base::Value each : value) {
    const bool good_name = !each.key().empty() && std::ranges::all_of(each.key(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (!good_name) {
      reader.report_key(each, base::quoted(each.key()) + " cannot name a canary",
                        "lower-case letters, digits, `_` and `-`");
    }
    canaries.push_back(read_canary(reader, each, principals));
  }
  return canaries;
}

void read_setting(Reader& reader, Mapping& fields, AttackBody& body) {
  if (const base::Value clock = fields.any("clock")) {
    Mapping inner(reader, clock, shapes::kClock);
    if (const auto start = inner.instant("start")) body.start = *start;
  }
  if (const base::Value world = fields.any("world")) {
    Mapping inner(reader, world, shapes::kAttackWorld);
    body.tasks = static_cast<std::uint32_t>(inner.number("tasks", 1, kMaxTasks).value_or(0));
    body.work = inner.duration("work");
  }
  body.personalities = fields.strings("personalities");
  const base::Value principals = fields.any("principals");
  if (is_sweep(principals)) {
    read_sweep(reader, principals, body.sweep);
  } else {
    body.principals = read_principals(reader, principals);
  }
  body.canaries = read_canaries(reader, fields.any("canaries"), body.principals);
  body.extra_tools = read_extra_tools(reader, fields.any("extra_tools"), body.canaries);
  body.reloaded_from = read_earlier_policy(reader, fields.any("reloaded_from"));
  if (const base::Value matrix = fields.any("matrix")) {
    Mapping inner(reader, matrix, shapes::kMatrix);
    body.matrix = inner.strings("personality");
    for (std::size_t i = 0; i < body.matrix.size(); ++i) {
      if (std::ranges::find(body.matrix.begin(), body.matrix.begin() + i, body.matrix[i]) !=
          body.matrix.begin() + i) {
        reader.report(matrix, "the cell " + base::quoted(body.matrix[i]) + " stands twice");
      }
    }
  }
}

}  // namespace

std::string_view to_string(AttackStatus status) {
  return sets::kStatus.values[static_cast<std::size_t>(status)];
}

base::Result<std::shared_ptr<const Attack>> read_attack(
    const std::shared_ptr<const base::Document>& document) {
  base::Problems problems;
  Reader reader{*document, problems};
  auto attack = std::make_shared<Attack>();
  auto body = std::make_shared<AttackBody>();
  attack->path = document->path;
  attack->content_hash = base::sha256_hex(document->source);
  attack->document = document;
  {
    Mapping fields(reader, document->tree.root(), shapes::kScenario);
    if (const base::Value format = fields.any("replay")) {
      const auto number = fields.number("replay", 0, UINT64_MAX);
      if (number && *number != kFormat) {
        reader.report(format, "format " + base::quoted(format.text()) + " is not known",
                      "`replay: 1`");
      }
    }
    attack->id = fields.string("id");
    check_id(reader, fields.any("id"), "/");
    attack->title = read_text(reader, fields.any("title"), "`title`").value_or(std::string{});
    attack->info = read_info(reader, fields.any("attack"));
    const base::Value fits = fields.any("fits");
    attack->fits = read_fits(reader, fits);
    read_setting(reader, fields, *body);
    if (const auto verdict = fields.one_of("null_verdict", sets::kNullVerdict)) {
      attack->null_verdict = sets::kNullVerdict.values[*verdict];
    }
    attack->contained_by_refusal =
        fields.one_of("refused_policy", sets::kRefusedPolicy).has_value();
    const base::Value needs = fields.any("needs");
    attack->pending = read_needs(reader, needs, fields.strings("needs"));
    if (const base::Value pending = fields.any("pending")) {
      attack->pending = read_text(reader, pending, "`pending`").value_or(std::string{});
    }
    if (const base::Value reason = fields.any("not_observable")) {
      attack->not_observable =
          read_text(reader, reason, "`not_observable`").value_or(std::string{});
      if (needs || fields.any("pending")) {
        reader.report_key(reason, "what no gateway can observe needs nothing");
      }
    }
    const base::Value steps = fields.any("steps");
    const bool runs = not_run(*attack).empty();
    attack->everyday = runs && !steps && document->tree.root().is_object();
    if (attack->everyday) {
      attack->null_verdict = "pass";
      refuse_parts_of_an_attack(reader, fields);
    } else {
      require(reader, document->tree.root(), "attack");
    }
    const bool sweeps = is_sweep(fields.any("principals"));
    if (!sweeps) {
      check_principals(reader, fields.any("principals"), fields.any("steps"), body->principals);
      check_principals(reader, fields.any("principals"), fields.any("benign"), body->principals);
    }
    if (runs) require(reader, document->tree.root(), "benign");
    body->steps_at = reader.place(steps);
    body->steps =
        read_steps(reader, steps, {.attack = true, .sweeps = sweeps, .canaries = body->canaries});
    const base::Value benign = fields.any("benign");
    body->benign_at = reader.place(benign);
    const base::Value always = fields.any("always");
    body->always_at = reader.place(always);
    body->always = read_always(reader, always);

    OwnTarget own(reader, fields);
    body->benign =
        read_steps(reader, benign, {.everyday = !own.said(), .canaries = body->canaries});
    if (own.said()) {
      if (fits) reader.report_key(fits, "a file that stands alone fits its own upstream only");
      attack->own_target = own.read(document, attack->content_hash, body->canaries);
      if (!attack->own_target->hub.upstreams.empty() && !body->extra_tools.empty()) {
        reader.report(fields.any("extra_tools"), "nothing says behind which upstream these are",
                      "`extra_tools` below one of `upstreams`");
      }
    } else {
      own.refuse_parts();
      if (!fits && document->tree.root().is_object()) {
        reader.report(
            document->tree.root(), "nothing says what this attacks",
            "`fits` for a template, `policy` and `upstreams` for a file that stands alone");
      }
    }
  }
  refuse_literals(reader);
  attack->body = std::move(body);
  const bool has_plan = attack->body->steps_at.line != 0 || attack->everyday;
  if (problems.empty() && attack->own_target != nullptr && has_plan) {
    // Everything is known already: what does not expand is said at once.
    if (auto expanded = expand(attack, attack->own_target, {}); expanded.has_error()) {
      problems = expanded.error();
    }
  }
  if (!problems.empty()) {
    sort_problems(problems);
    return problems;
  }
  return std::shared_ptr<const Attack>(std::move(attack));
}

base::Result<std::shared_ptr<const Attack>> load_attack(const std::string& path) {
  auto document = std::make_shared<base::Document>();
  if (auto loaded = base::load_document(path, *document); loaded.has_error()) return loaded.error();
  return read_attack(document);
}

std::string not_run(const Attack& attack) {
  if (!attack.not_observable.empty()) return "not observable: " + attack.not_observable;
  return attack.pending.empty() ? std::string{} : "pending: " + attack.pending;
}

bool fits(const Attack& attack, const Target& target) {
  if (attack.own_target != nullptr) return attack.own_target.get() == &target;
  return holds(attack.fits, target.traits);
}

}  // namespace gatecrash::scenario
