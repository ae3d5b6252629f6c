#include "mock_servers/fault.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "harness/base/text.h"
#include "mock_servers/mock.h"

namespace gatecrash::mock_servers {
namespace {

using FaultKind = Fault::Kind;
using Words = std::vector<std::string_view>;

// Those that are not knobs. N stands for a whole number, DURATION for `200ms`, `5s` …, TEXT for all
// the rest.
constexpr FaultEntry kFaultWords[] = {
    {"hold", "tool calls are recorded and wait, without effect or answer"},
    {"hold answers", "tool calls take effect, their answers wait"},
    {"hold all", "every request waits"},
    {"release", "what waits goes on, in the order of arrival"},
    {"release reverse", "what waits goes on, the last first"},
    {"release seed N", "what waits goes on, in an order drawn from the seed"},
    {"slow DURATION", "a call takes effect and is answered that much later"},
    {"slow answers DURATION", "a call takes effect at once and is answered that much later"},
    {"disconnect", "at its next call a client finds the server gone, and nothing has changed"},
    {"disconnect after effect", "at its next call a client finds the server gone; it took effect"},
    {"rug-pull", "the tools' definitions change, and clients are told"},
    {"rug-pull silently", "the tools' definitions change, and clients are not told"},
    {"rug-pull after N lists", "they change when tools have been listed so often; `silently` too"},
    {"rug-pull after N calls", "they change when tools have been called so often; `silently` too"},
    {"poison TEXT",
     "every tool's result carries TEXT as a further text item; `\\n` is a line feed"},
    {"leak TEXT", "every error carries TEXT in its message; `\\n` is a line feed"},
    {"end slow", "calls take no time again"},
    {"end disconnect", "clients that connect anew are served"},
    {"end rug-pull", "the tools are what they were"},
    {"end poison", "results are what they were"},
    {"end leak", "errors are what they were"},
    {"at NAME: WORDS", "any of these, at one upstream behind a hub"},
};

Words split(std::string_view text) {
  Words words;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// What follows `rug-pull`. Nothing: not understood.
std::optional<Fault> rug_pull(const Words& words) {
  Fault fault{.kind = FaultKind::RugPull};
  std::size_t at = 1;
  if (at < words.size() && words[at] == "silently") {
    fault.silent = true;
    ++at;
  }
  if (at == words.size()) return fault;
  if (words.size() != at + 3 || words[at] != "after") return std::nullopt;
  const auto number = whole_number(words[at + 1]);
  if (!number || *number == 0) return std::nullopt;
  if (words[at + 2] != "lists" && words[at + 2] != "calls") return std::nullopt;
  fault.number = *number;
  fault.after = words[at + 2] == "lists" ? Fault::After::Lists : Fault::After::Calls;
  return fault;
}

// `poison TEXT` and `leak TEXT`.
std::optional<Fault> with_text(std::string_view words) {
  for (const auto& [first, kind] : {std::pair{std::string_view("poison "), FaultKind::Poison},
                                    std::pair{std::string_view("leak "), FaultKind::Leak}}) {
    if (!words.starts_with(first) || words.size() == first.size()) continue;
    Fault fault{.kind = kind};
    fault.text = words.substr(first.size());
    for (std::size_t at = 0; (at = fault.text.find("\\n", at)) != std::string::npos; ++at) {
      fault.text.replace(at, 2, "\n");
    }
    return fault;
  }
  return std::nullopt;
}

std::optional<Fault> read(const Words& words) {
  const std::size_t count = words.size();
  const auto says = [&](std::initializer_list<std::string_view> expected) {
    return std::ranges::equal(words, expected);
  };
  const std::string_view first = words.front();
  if (says({"hold"})) return Fault{.kind = FaultKind::Hold};
  if (says({"hold", "answers"})) return Fault{.kind = FaultKind::HoldAnswers};
  if (says({"hold", "all"})) return Fault{.kind = FaultKind::HoldAll};
  if (says({"release"})) return Fault{.kind = FaultKind::Release};
  if (says({"release", "reverse"})) {
    return Fault{.kind = FaultKind::Release, .order = Fault::Order::Reverse};
  }
  if (count == 3 && first == "release" && words[1] == "seed") {
    const auto seed = whole_number(words[2]);
    if (!seed) return std::nullopt;
    return Fault{.kind = FaultKind::Release, .order = Fault::Order::Seeded, .number = *seed};
  }
  if (first == "slow" && (count == 2 || (count == 3 && words[1] == "answers"))) {
    const auto by = base::parse_duration(words.back());
    if (!by || *by <= base::Duration::zero()) return std::nullopt;
    return Fault{.kind = count == 2 ? FaultKind::Slow : FaultKind::SlowAnswers, .by = *by};
  }
  if (says({"disconnect"})) return Fault{.kind = FaultKind::Disconnect};
  if (says({"disconnect", "after", "effect"}))
    return Fault{.kind = FaultKind::DisconnectAfterEffect};
  if (first == "rug-pull") return rug_pull(words);
  if (says({"end", "slow"})) return Fault{.kind = FaultKind::Slow, .end = true};
  if (says({"end", "disconnect"})) return Fault{.kind = FaultKind::Disconnect, .end = true};
  if (says({"end", "poison"})) return Fault{.kind = FaultKind::Poison, .end = true};
  if (says({"end", "leak"})) return Fault{.kind = FaultKind::Leak, .end = true};
  if (says({"end", "rug-pull"})) return Fault{.kind = FaultKind::RugPull, .end = true};
  const bool end = count == 2 && first == "end";
  if (count != (end ? 2 : 1)) return std::nullopt;
  const auto knob = fault_knob(words.back());
  if (!knob) return std::nullopt;
  return Fault{.kind = FaultKind::Knob, .end = end, .knob = *knob};
}

}  // namespace

const std::vector<FaultEntry>& faults() {
  static const std::vector<FaultEntry> all = [] {
    std::vector<FaultEntry> list(std::begin(kFaultWords), std::end(kFaultWords));
    for (const PersonalityEntry& each : personalities()) {
      if (fault_knob(each.name)) list.push_back({each.name, each.summary});
    }
    return list;
  }();
  return all;
}

base::Result<Fault> parse_fault(std::string_view words) {
  constexpr std::string_view kAt = "at ";
  if (const std::size_t colon = words.find(": ");
      words.starts_with(kAt) && colon != std::string_view::npos) {
    auto fault = parse_fault(words.substr(colon + 2));
    if (fault && fault->upstream.empty())
      fault->upstream = words.substr(kAt.size(), colon - kAt.size());
    return fault;
  }
  if (auto fault = with_text(words)) return std::move(*fault);
  if (auto fault = read(split(words))) return std::move(*fault);
  std::vector<std::string_view> known;
  for (const FaultEntry& each : faults()) known.push_back(each.words);
  return base::Problems{base::problem({}, {}, "unknown fault " + base::quoted(words),
                                      base::did_you_mean(words, known))};
}

}  // namespace gatecrash::mock_servers
