#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "harness/base/seed.h"
#include "harness/base/text.h"
#include "harness/scenario/steps.h"
#include "harness/scenario/traits.h"

namespace gatecrash::scenario {
namespace {

using Action = StepTemplate::Action;

class Expansion {
 public:
  Expansion(const StepList& list, const Target& target, bool in_target, Plan& plan,
            base::Problems& problems)
      : target_(target),
        in_target_(in_target),
        plan_(plan),
        environment_{.file = list.file,
                     .names = list.names,
                     .target = target,
                     .tasks = plan.world.tasks,
                     .problems = problems} {
    environment_.resolved.resize(list.names.size());
    for (const PrincipalSpec& each : plan.principals) known_.insert(each.name);
  }

  // How many steps there will be; saturates.
  std::uint64_t count(const std::vector<StepTemplate>& steps) const {
    std::uint64_t total = 0;
    for (const StepTemplate& step : steps) {
      if (!holds(step.when, target_.traits)) continue;
      std::uint64_t one = 1;
      if (step.action == Action::Steps || step.action == Action::Shuffled) one = count(step.steps);
      if (step.action == Action::Concurrent)
        one = 2 * count(step.steps) + 2;  // with holds and releases
      if (step.action == Action::Everyday) one = everyday_count();
      one = std::min(one, kMaxSteps + 1) * step.repeat;
      one = std::min(one, kMaxSteps + 1) * std::max<std::size_t>(1, step.each.size());
      if (step.swept) one = std::min(one, kMaxSteps + 1) * plan_.principals.size();
      total = std::min(total + one, kMaxSteps + 1);
    }
    return total;
  }

  // Steps of the sweep that follow each other are taken together: all of them by one principal,
  // then by the next.
  bool run(std::span<const StepTemplate> steps) {
    while (!steps.empty()) {
      const bool swept = steps.front().swept;
      const auto end = std::ranges::find(steps, !swept, &StepTemplate::swept);
      const auto together = steps.first(static_cast<std::size_t>(end - steps.begin()));
      if (swept ? !sweep(together) : !run_all(together)) return false;
      steps = steps.subspan(together.size());
    }
    return true;
  }

 private:
  std::uint64_t everyday_count() const {
    if (target_.everyday == nullptr) return 0;
    base::Problems none;
    return Expansion(*target_.everyday, target_, true, plan_, none).count(target_.everyday->steps);
  }

  bool run_all(std::span<const StepTemplate> steps) {
    return std::ranges::all_of(steps, [&](const StepTemplate& step) { return run(step); });
  }

  bool sweep(std::span<const StepTemplate> steps) {
    environment_.counters.push_back(0);
    for (std::size_t n = 0; n < plan_.principals.size(); ++n) {
      environment_.counters.back() = static_cast<std::int64_t>(n);
      actor_ = plan_.principals[n].name;
      if (!run_all(steps)) return false;
    }
    environment_.counters.pop_back();
    actor_ = {};
    return true;
  }

  bool run(const StepTemplate& step) {
    if (!step.when.empty() && !holds(step.when, target_.traits)) return true;
    if (!step.each.empty()) {
      environment_.each.push_back(nullptr);
      const std::uint32_t around = choice_;
      for (std::uint32_t i = 0; i < step.each.size(); ++i) {
        environment_.each.back() = &step.each[i];
        choice_ = around * static_cast<std::uint32_t>(step.each.size()) + i;
        if (!run_repeats(step)) return false;
      }
      choice_ = around;
      environment_.each.pop_back();
      return true;
    }
    return run_repeats(step);
  }

  bool run_repeats(const StepTemplate& step) {
    if (!step.counts) return emit(step);
    environment_.counters.push_back(0);
    for (std::uint32_t n = 0; n < step.repeat; ++n) {
      environment_.counters.back() = n;
      if (!emit(step)) return false;
    }
    environment_.counters.pop_back();
    return true;
  }

  bool emit(const StepTemplate& step) {
    switch (step.action) {
      case Action::Steps: return run(step.steps);
      case Action::Shuffled: return emit_shuffled(step.steps);
      case Action::Concurrent: return emit_concurrent(step.steps);
      case Action::Everyday: return emit_everyday();
      case Action::List: {
        Step& made = add(step, StepKind::List);
        made.most = step.most;
        if (!render(step.line, environment_, made.line) || !render_params(step, made.arguments))
          return false;
        return render_all(step.absent, made.expect.absent) &&
               render_all(step.present, made.expect.present);
      }
      case Action::Call: {
        Step& made = add(step, StepKind::Call);
        made.arguments.reserve(step.has_arguments ? arguments_size_ : 0);
        if (!render(step.tool, environment_, made.tool)) return false;
        if (!render(step.arguments, environment_, made.arguments)) return false;
        arguments_size_ = made.arguments.size();
        return true;
      }
      case Action::Raw: {
        Step& made = add(step, StepKind::Raw);
        made.unended = step.unended;
        return render(step.line, environment_, made.line) &&
               render_all(step.absent, made.expect.absent) &&
               render_all(step.present, made.expect.present);
      }
      case Action::Advance: add(step, StepKind::Advance).by = step.by; return true;
      case Action::Session: add(step, StepKind::NewSession); return true;
      case Action::Obey: add(step, StepKind::Obey).most = step.most; return true;
      case Action::Fault: return render(step.line, environment_, add(step, StepKind::Fault).line);
      case Action::Operator:
        return render(step.line, environment_, add(step, StepKind::Operator).line);
    }
    return false;
  }

  // By position, so that what comes later in the plan does not move these draws.
  base::Seed draws(std::string_view what) const {
    return base::Seed(plan_.seed).fork(what).fork(std::to_string(plan_.steps.size()));
  }

  bool emit_shuffled(const std::vector<StepTemplate>& steps) {
    base::Seed seed = draws("shuffled");
    std::vector<const StepTemplate*> order;
    for (const StepTemplate& step : steps) order.push_back(&step);
    for (std::size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[seed.below(left)]);
    return std::ranges::all_of(order, [&](const StepTemplate* step) { return run(*step); });
  }

  // Each branch is expanded as if it were alone, then they are merged. The upstream holds what it
  // is asked, so that one request of every branch can be in flight at a time; it goes on when a
  // branch needs an answer for its next step, and at the end, in an order drawn from the seed too.
  bool emit_concurrent(const std::vector<StepTemplate>& branches) {
    const std::size_t first = plan_.steps.size();
    base::Seed seed = draws("concurrent");
    std::vector<std::pair<std::size_t, std::size_t>>
        left;  // of each branch: its next step, and its end
    for (const StepTemplate& branch : branches) {
      const std::size_t begin = plan_.steps.size();
      if (!run(branch)) return false;
      left.emplace_back(begin - first, plan_.steps.size() - first);
    }
    const auto start = plan_.steps.begin() + static_cast<std::ptrdiff_t>(first);
    std::vector<Step> apart(std::make_move_iterator(start),
                            std::make_move_iterator(plan_.steps.end()));
    plan_.steps.erase(start, plan_.steps.end());
    std::vector<bool> waits(left.size(), false);  // the branch has a request in flight
    const base::SourcePos at = apart.empty() ? base::SourcePos{} : apart.front().at;
    const auto release = [&] {
      fault("release seed " + std::to_string(seed.below(1u << 30)), at);
      waits.assign(waits.size(), false);
    };
    fault("hold", at);
    for (std::size_t rest = apart.size(); rest > 0; --rest) {
      std::uint64_t draw = seed.below(rest);
      auto branch = left.begin();
      while (draw >= branch->second - branch->first) draw -= branch->second - branch++->first;
      const auto who = static_cast<std::size_t>(branch - left.begin());
      if (waits[who]) {
        release();
        fault("hold", at);
      }
      const Step& next = plan_.steps.emplace_back(std::move(apart[branch->first++]));
      waits[who] =
          next.kind == StepKind::Call || next.kind == StepKind::Raw || next.kind == StepKind::Obey;
    }
    release();
    return true;
  }

  void fault(std::string words, const base::SourcePos& at) {
    Step& made = plan_.steps.emplace_back();
    made.kind = StepKind::Fault;
    made.line = std::move(words);
    made.at = at;
    made.in_target = in_target_;
  }

  Step& add(const StepTemplate& step, StepKind kind) {
    Step& made = plan_.steps.emplace_back();
    made.kind = kind;
    made.at = step.at;
    made.as = actor_;
    if (!step.as.pieces.empty()) name_actor(step.as, made);
    made.purpose = step.purpose;
    made.choice = choice_;
    made.in_target = in_target_;
    made.expect.outcome = step.outcome;
    made.expect.like_previous = step.like_previous;
    made.expect.at = step.expect_at;
    return made;
  }

  // Whoever lists principals means all of them.
  void name_actor(const Template& as, Step& made) {
    made.as.clear();
    if (!render(as, environment_, made.as) || known_.empty() || in_target_) return;
    if (known_.contains(made.as)) return;
    environment_.problems.push_back(base::problem(environment_.file, made.at,
                                                  "there is no principal " + base::quoted(made.as),
                                                  "`principals` names all that there are"));
  }

  // Of a list: what is said, and the cursor.
  bool render_params(const StepTemplate& step, std::string& out) {
    if (step.has_arguments && !render(step.arguments, environment_, out)) return false;
    if (!step.has_cursor) return true;
    if (out.empty()) out = "{}";
    out.pop_back();
    if (out.size() > 1) out += ',';
    out += R"("cursor":)";
    if (!render(step.cursor, environment_, out)) return false;
    out += '}';
    return true;
  }

  bool emit_everyday() {
    if (target_.everyday == nullptr) return true;
    return Expansion(*target_.everyday, target_, true, plan_, environment_.problems)
        .run(target_.everyday->steps);
  }

  bool render_all(const std::vector<Template>& templates, std::vector<std::string>& names) {
    names.reserve(templates.size());
    return std::ranges::all_of(templates, [&](const Template& each) {
      return render(each, environment_, names.emplace_back());
    });
  }

  const Target& target_;
  const bool in_target_;
  Plan& plan_;
  Environment environment_;
  std::unordered_set<std::string_view> known_;  // principals that are listed
  std::string_view actor_;                      // who takes the steps of the sweep
  std::uint32_t choice_ = 0;
  std::size_t arguments_size_ = 0;  // of the last call: the next one's is about the same
};

}  // namespace

void expand_steps(const StepList& list, const Target& target, Plan& plan,
                  base::Problems& problems) {
  Expansion expansion(list, target, false, plan, problems);
  const std::uint64_t count = expansion.count(list.steps);
  if (count > kMaxSteps) {
    const base::SourcePos at = list.steps.empty() ? base::SourcePos{} : list.steps.front().at;
    problems.push_back(
        base::problem(list.file, at, "more than 250000 steps", "`repeat` multiplies"));
    return;
  }
  plan.steps.reserve(plan.steps.size() + count);
  const std::size_t first = plan.steps.size();
  if (!expansion.run(list.steps)) return;
  // Only now is it known which step comes before which.
  for (std::size_t i = first; i < plan.steps.size(); ++i) {
    if (!plan.steps[i].expect.like_previous) continue;
    if (compared_with(plan.steps, i)) continue;
    problems.push_back(
        base::problem(list.file, plan.steps[i].expect.at, "the step before this one is no call",
                      "`like: previous` compares the replies of two calls in a row, over `session: "
                      "new` too"));
  }
}

}  // namespace gatecrash::scenario
