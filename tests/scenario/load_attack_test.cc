// What a scenario file may not say, and how it is told: place, problem, hint.
#include <string>
#include <vector>

#include "tests/scenario/files.h"

namespace gatecrash {
namespace {

using test::attack_text;
using test::load_attack_text;
using test::problems_of;

struct Bad {
  std::string_view what;
  std::string text;
  std::string_view said;  // whole output
};

// Line 1 to 5 are fixed, `upstreams` is to be line 6.
std::string alone_text(const std::string& upstreams) {
  return "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
         "policy: {dialect: gatecrash, inline: 'version: \"1\"'}\n" +
         upstreams +
         "steps: [{list: tools, expect: {present: [a]}}]\nbenign: [{call: {tool: t}}]\n";
}

// Line 1 to 4 are fixed, `fits` is line 5, `steps:` line 6 (without `more`), its first step line 7.
const std::vector<Bad>& bad_files() {
  static const std::vector<Bad> all = {
      {"an unknown key", attack_text("  - {list: tools}\n", "sevrity: high\n"),
       "f.yaml:6:1: unknown key `sevrity` in a scenario (one of `replay`, `id`, `title`, `attack`, "
       "`fits`, `clock`, `world`, `personalities`, …)\n"},
      {"an unknown key that is nearly a known one",
       attack_text("  - {list: tools}\n", "personalites: [strict]\n"),
       "f.yaml:6:1: unknown key `personalites` in a scenario (did you mean `personalities`?)\n"},
      {"an unknown key in a step", attack_text("  - {list: tools, expct: deny}\n"),
       "f.yaml:7:19: unknown key `expct` in a step (did you mean `expect`?)\n"},
      {"a YAML key twice", attack_text("  - {list: tools}\n", "title: u\n"),
       "f.yaml:6:1: duplicate key `title` (first on line 3)\n"},
      {"malformed YAML", attack_text("  - {list: tools\n"),
       "f.yaml:9:3: not well-formed YAML: illegal block entry (indent with spaces, not tabs)\n"},
      {"another version", "replay: 2\n" + attack_text("  - {list: tools}\n").substr(10),
       "f.yaml:1:9: format `2` is not known (`replay: 1`)\n"},
      {"missing keys", "replay: 1\nfits: {}\n",
       "f.yaml:1:1: `id` is missing in a scenario\n"
       "f.yaml:1:1: `title` is missing in a scenario\n"
       "f.yaml:1:1: `benign` is missing in a scenario\n"},
      {"steps without an attack and a twin",
       "replay: 1\nid: a\ntitle: t\nfits: {}\nsteps: [{list: tools}]\n",
       "f.yaml:1:1: `attack` is missing in a scenario\n"
       "f.yaml:1:1: `benign` is missing in a scenario\n"},
      {"claims about an attack without steps",
       "replay: 1\nid: a\ntitle: t\nfits: {}\nbenign: [{everyday: true}]\n"
       "always: [{promise: cancel}]\nmatrix: {personality: strict}\nnull_verdict: drift\n",
       "f.yaml:6:1: `always` is about an attack, but there are no `steps` (without `steps` a file "
       "is "
       "everyday traffic that has to pass)\n"
       "f.yaml:7:1: `matrix` is about an attack, but there are no `steps` (without `steps` a file "
       "is "
       "everyday traffic that has to pass)\n"
       "f.yaml:8:1: `null_verdict` is about an attack, but there are no `steps` (without `steps` a "
       "file "
       "is everyday traffic that has to pass)\n"},
      {"another outcome of a refusal", attack_text("  - {list: tools}\n", "refused_policy: fine\n"),
       "f.yaml:6:17: `refused_policy` is `fine`, which is none of its values (only `contained`)\n"},
      {"canaries that are a list", attack_text("  - {list: tools}\n", "canaries: [a]\n"),
       "f.yaml:6:11: `canaries` has to be a mapping from name to text\n"},
      {"a canary that is none", attack_text("  - {list: tools}\n", "canaries: {a: [b]}\n"),
       "f.yaml:6:15: a canary has to be a text that is not empty\n"},
      {"a canary's name", attack_text("  - {list: tools}\n", "canaries: {a.b: 0123456789abcdef}\n"),
       "f.yaml:6:12: `a.b` cannot name a canary (lower-case letters, digits, `_` and `-`)\n"},
      {"a canary of two lines",
       attack_text("  - {list: tools}\n", "canaries: {a: \"two\\nlines\"}\n"),
       "f.yaml:6:15: a canary has to be one line\n"},
      {"a canary of nobody",
       attack_text("  - {list: tools}\n", "canaries: {a: {text: secret, of: bob}}\n"),
       "f.yaml:6:34: there is no principal `bob` (`principals: {name: …}` in this file)\n"},
      {"an unknown spelling", attack_text("  - {call: {tool: \"${cancel.tool as uper}\"}}\n"),
       "f.yaml:7:20: unknown spelling `uper` (did you mean `upper`?)\n"},
      {"bytes that are none", attack_text("  - {raw: \"${hex.0g}\"}\n"),
       "f.yaml:7:12: `0g` are no bytes (two hex digits each: `${hex.efbbbf}`)\n"},
      {"bytes in a call", attack_text("  - {call: {tool: \"${hex.00}\"}}\n"),
       "f.yaml:7:20: bytes by hex stand in `raw` only\n"},
      {"a list without its newline", attack_text("  - {list: tools, newline: false}\n"),
       "f.yaml:7:19: `newline` is about `raw`\n"},
      {"a newline that is said", attack_text("  - {raw: a, newline: true}\n"),
       "f.yaml:7:23: only `newline: false` is known (a line ends without it)\n"},
      {"another claim about the audit",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\nfits: {}\n"
       "steps: [{list: tools}]\nbenign: [{everyday: true}]\nalways: [{audit: whole}]\n",
       "f.yaml:8:18: only `audit: distinct` is known\n"},
      {"arguments of an extra tool that cancels nothing",
       attack_text("  - {list: tools}\n", "extra_tools: [{name: t, acts_on: [id]}]\n"),
       "f.yaml:6:25: `acts_on` says which tasks `task.cancelled` is about\n"},
      {"a canary nobody planted", attack_text("  - {call: {tool: \"${canary.b}\"}}\n"),
       "f.yaml:7:20: there is no canary `b` (`canaries: {name: text}` in this file)\n"},
      {"a misspelt canary",
       attack_text("  - {call: {tool: \"${canary.secrt}\"}}\n",
                   "canaries: {secret: 0123456789abcdef}\n"),
       "f.yaml:8:20: there is no canary `secrt` (did you mean `secret`?)\n"},
      {"a misspelt canary of an extra tool",
       attack_text("  - {list: tools}\n",
                   "extra_tools: [{name: t, description: \"${canary.b}\"}]\n"),
       "f.yaml:6:39: there is no canary `b` (`canaries: {name: text}` in this file)\n"},
      {"a claim about canaries that are not there",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\nfits: {}\n"
       "steps: [{list: tools}]\nbenign: [{everyday: true}]\nalways: [{canary: sent}]\n",
       "f.yaml:8:19: a claim about canaries, but there are none (`canaries: {name: text}`)\n"},
      {"an unknown claim about canaries",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\nfits: {}\n"
       "canaries: {a: 0123456789abcdef}\n"
       "steps: [{list: tools}]\nbenign: [{everyday: true}]\nalways: [{canary: seen}]\n",
       "f.yaml:9:19: only `canary: sent` and `canary: shown` are known\n"},
      {"a reason that is none", attack_text("  - {list: tools}\n", "not_observable: [a]\n"),
       "f.yaml:6:17: `not_observable` has to be a text that is not empty\n"},
      {"not observable, yet in need of something",
       attack_text("  - {list: tools}\n", "not_observable: it is inside\nneeds: [http]\n"),
       "f.yaml:6:1: what no gateway can observe needs nothing\n"},
      {"no mapping at all", "- replay\n",
       "f.yaml:1:1: a scenario has to be a mapping, not a list\n"},
      {"an id with capitals",
       "replay: 1\nid: A/b\n" + attack_text("  - {list: tools}\n").substr(18),
       "f.yaml:2:5: `A/b` is no id (lower-case letters, digits, `_`, `-`, `.` and `/`)\n"},
      {"a status that is none",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: documentd, severity: low}\nfits: {}\n"
       "steps: [{list: tools}]\nbenign: [{everyday: true}]\n",
       "f.yaml:4:25: `status` is `documentd`, which is none of its values (did you mean "
       "`documented`?)\n"},
      {"documented without a source",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: documented, severity: low}\nfits: {}\n"
       "steps: [{list: tools}]\nbenign: [{everyday: true}]\n",
       "f.yaml:4:25: a documented attack needs a source (`variant` if nobody has described it)\n"},
      {"an unknown trait in fits",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
       "fits: {cancle.tool: present}\nsteps: [{list: tools}]\nbenign: [{everyday: true}]\n",
       "f.yaml:5:8: unknown trait `cancle.tool` (did you mean `cancel.tool`?)\n"},
      {"an unknown trait in when", attack_text("  - {when: {http: true}, list: tools}\n"),
       "f.yaml:7:13: unknown trait `http` (names of your own begin with `x.`)\n"},
      {"a flag compared with text",
       attack_text("  - {when: {cancel.accepts_list: often}, list: tools}\n"),
       "f.yaml:7:34: the trait `cancel.accepts_list` is true or false\n"},
      {"an unknown name in a substitution",
       attack_text("  - {call: {tool: \"x ${cancle.tool}\"}}\n"),
       "f.yaml:7:22: unknown name `${cancle.tool}` (did you mean `cancel.tool`?)\n"},
      {"the second unknown name of a text",
       attack_text("  - {call: {tool: \"${cancel.tool} ${colour}\"}}\n"),
       "f.yaml:7:35: unknown name `${colour}` (a trait of the target, `n`, `task[n]`, "
       "`tasks[a..b]` or `each`)\n"},
      {"an unknown name in a key",
       attack_text("  - {call: {tool: t, args: {\"${cancel.idd}\": 1}}}\n"),
       "f.yaml:7:30: unknown name `${cancel.idd}` (did you mean `cancel.id`?)\n"},
      {"an unknown name in raw bytes",
       attack_text("  - raw: >-\n      {\"a\":1,\n      \"b\":\"${nn}\"}\n"),
       "f.yaml:9:12: unknown name `${nn}` (a trait of the target, `n`, `task[n]`, `tasks[a..b]` or "
       "`each`)\n"},
      {"a counter outside of a repeat", attack_text("  - {call: {tool: \"t${n}\"}}\n"),
       "f.yaml:7:21: unknown name `${n}` (a trait of the target, `n`, `task[n]`, `tasks[a..b]` or "
       "`each`)\n"},
      {"a counter that is none", attack_text("  - {repeat: 2, call: {tool: \"${task[m]}\"}}\n"),
       "f.yaml:7:31: `m` is neither a number nor a counter (did you mean `n`?)\n"},
      {"an open substitution", attack_text("  - {call: {tool: \"${cancel.tool\"}}\n"),
       "f.yaml:7:20: `${` without its `}` (`$${` is a plain `${`)\n"},
      {"a list of tasks inside text",
       attack_text("  - {call: {tool: t, args: {a: \"x ${tasks[0..1]}\"}}}\n"),
       "f.yaml:7:35: a list of tasks has to be the whole value\n"},
      {"each without an each", attack_text("  - {call: {tool: \"${each}\"}}\n"),
       "f.yaml:7:20: `${each}` stands outside of every `each`\n"},
      {"a list of each inside text",
       attack_text("  - {each: [a, [b]], call: {tool: \"${each}\"}}\n"),
       "f.yaml:7:36: `${each}` stands inside text, but not all its values are text\n"},
      {"a step that does nothing", attack_text("  - {expect: deny}\n"),
       "f.yaml:7:5: a step does nothing (one of `call`, `list`, `raw`, `advance`, `session`, "
       "`fault`, "
       "`operator`, `obey`, `steps`, `shuffled`, `concurrent`)\n"},
      {"a step that does two things", attack_text("  - {list: tools, advance: 1s}\n"),
       "f.yaml:7:19: a step is one thing: `list` or `advance`\n"},
      {"an unknown list", attack_text("  - {list: prompts}\n"),
       "f.yaml:7:12: only `list: tools` is known (or a mapping: `cursor`, `id`, `params`, "
       "`pages`)\n"},
      {"pages that are not all", attack_text("  - {list: {pages: 2}}\n"),
       "f.yaml:7:20: only `pages: all` is known (without it one page is asked for)\n"},
      {"params that are a list", attack_text("  - {list: {params: [1]}}\n"),
       "f.yaml:7:21: `params` has to be a mapping (`raw` sends any other form)\n"},
      {"two cursors", attack_text("  - {list: {cursor: a, params: {cursor: b}}}\n"),
       "f.yaml:7:21: `params` has a `cursor` already (`raw` can send two)\n"},
      {"a step that is set-up and harmless",
       attack_text("  - {list: tools, setup: true, harmless: x}\n"),
       "f.yaml:7:32: a step is `setup` or `harmless`, not both\n"},
      {"set-up that is a word", attack_text("  - {list: tools, setup: often}\n"),
       "f.yaml:7:26: only `setup: true` is known\n"},
      {"a harmless step without a reason", attack_text("  - {list: tools, harmless: ''}\n"),
       "f.yaml:7:29: `harmless` has to be a text that is not empty\n"},
      {"time as set-up", attack_text("  - {advance: 1s, setup: true}\n"),
       "f.yaml:7:19: `setup` is about what an attack sends (`call`, `raw`, `list` and `obey` under "
       "`steps`)\n"},
      {"a duration without a unit", attack_text("  - {advance: 60}\n"),
       "f.yaml:7:15: `advance` has to be a duration that is not negative (a whole number and a "
       "unit: "
       "`200ms`, `60s`, `5m`, `24h`)\n"},
      {"time that runs back", attack_text("  - {advance: -60s}\n"),
       "f.yaml:7:15: `advance` has to be a duration that is not negative (a whole number and a "
       "unit: "
       "`200ms`, `60s`, `5m`, `24h`)\n"},
      {"an unknown outcome", attack_text("  - {list: tools, expect: denied}\n"),
       "f.yaml:7:27: unknown outcome `denied` (one of `any`, `allow`, `deny`)\n"},
      {"an outcome for the passage of time", attack_text("  - {advance: 1s, expect: deny}\n"),
       "f.yaml:7:27: nothing can be expected of this step (`call`, `raw` and `list` have "
       "replies)\n"},
      {"a likeness to another step", attack_text("  - {call: {tool: t}, expect: {like: 3}}\n"),
       "f.yaml:7:38: only `like: previous` is known\n"},
      {"a likeness of lists", attack_text("  - {list: tools, expect: {like: previous}}\n"),
       "f.yaml:7:34: `like` is about `call`\n"},
      {"names expected of a call", attack_text("  - {call: {tool: t}, expect: {absent: [t]}}\n"),
       "f.yaml:7:40: `absent` and `present` are about `list`, or a `raw` request for one\n"},
      {"obedience without an end", attack_text("  - obey: {}\n"),
       "f.yaml:7:11: `most` is missing in `obey`\n"},
      {"obedience that is text", attack_text("  - obey: everything\n"),
       "f.yaml:7:11: `obey` has to be a mapping, not `everything`\n"},
      {"obedience to nothing", attack_text("  - obey: {most: 0}\n"),
       "f.yaml:7:18: `most` has to be a whole number, from 1 to 10000, not `0`\n"},
      {"an unknown key of obedience", attack_text("  - obey: {most: 1, lest: 2}\n"),
       "f.yaml:7:21: unknown key `lest` in `obey` (only `most`)\n"},
      {"an outcome of obedience", attack_text("  - {obey: {most: 1}, expect: deny}\n"),
       "f.yaml:7:31: nothing can be expected of this step (`call`, `raw` and `list` have "
       "replies)\n"},
      {"an operator without words", attack_text("  - {operator: [approve]}\n"),
       "f.yaml:7:16: `operator` has to be a text that is not empty\n"},
      {"an unknown name in an operator's words",
       attack_text("  - {operator: \"approve ${cancel.idd}\"}\n"),
       "f.yaml:7:25: unknown name `${cancel.idd}` (did you mean `cancel.id`?)\n"},
      {"an unknown name in a fault", attack_text("  - {fault: \"slow ${each}\"}\n"),
       "f.yaml:7:19: `${each}` stands outside of every `each`\n"},
      {"an operator who is somebody", attack_text("  - {operator: kill, as: bob}\n"),
       "f.yaml:7:26: `as` says who acts; nobody acts in this step\n"},
      {"an outcome for the operator", attack_text("  - {operator: kill, expect: allow}\n"),
       "f.yaml:7:30: nothing can be expected of this step (`call`, `raw` and `list` have "
       "replies)\n"},
      {"principals that are a list", attack_text("  - {list: tools}\n", "principals: [bob]\n"),
       "f.yaml:6:13: `principals` has to be a mapping from name to grant and tenant\n"},
      {"a principal without a name",
       attack_text("  - {list: tools}\n", "principals: {\"\": {grant: g}}\n"),
       "f.yaml:6:14: a principal needs a name\n"},
      {"a principal that is text", attack_text("  - {list: tools}\n", "principals: {bob: g}\n"),
       "f.yaml:6:19: a principal has to be a mapping, not `g`\n"},
      {"a principal's unknown key",
       attack_text("  - {list: tools}\n", "principals: {bob: {grnt: g}}\n"),
       "f.yaml:6:20: unknown key `grnt` in a principal (did you mean `grant`?)\n"},
      {"a grant that is a list",
       attack_text("  - {list: tools}\n", "principals: {bob: {grant: [g]}}\n"),
       "f.yaml:6:27: `grant` has to be a text that is not empty\n"},
      {"raw bytes over two lines", attack_text("  - raw: |\n      a\n      b\n"),
       "f.yaml:7:10: `raw` has to be one line (`>-` folds lines into one; `${hex.0d0a}` stands for "
       "bytes)\n"},
      {"everyday traffic in an attack", attack_text("  - {everyday: true}\n"),
       "f.yaml:7:6: `everyday` stands for the target's benign traffic (it may stand in the "
       "`benign` of "
       "an attack only)\n"},
      {"steps that are no list", attack_text("  {list: tools}\n"),
       "f.yaml:7:3: steps have to be a list\n"},
      {"no steps",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
       "fits: {}\nsteps: []\nbenign: [{everyday: true}]\n",
       "f.yaml:6:8: a list of steps is empty\n"},
      {"a repeat of nothing", attack_text("  - {repeat: 0, list: tools}\n"),
       "f.yaml:7:14: `repeat` has to be a whole number, from 1 to 1000000, not `0`\n"},
      {"a counter without a repeat", attack_text("  - {counter: m, list: tools}\n"),
       "f.yaml:7:15: `counter` names the counter of a `repeat`\n"},
      {"an unknown effect of an extra tool",
       attack_text("  - {list: tools}\n", "extra_tools: [{name: t, effects: [task.canceled]}]\n"),
       "f.yaml:6:35: unknown effect `task.canceled` (did you mean `task.cancelled`?)\n"},
      {"an unknown need", attack_text("  - {list: tools}\n", "needs: [aproval]\n"),
       "f.yaml:6:9: unknown need `aproval` (did you mean `approvals`?)\n"},
      {"a start that is no time", attack_text("  - {list: tools}\n", "clock: {start: noon}\n"),
       "f.yaml:6:16: `start` has to be a time in UTC, not `noon` (as in "
       "`2026-01-01T10:00:59.9Z`)\n"},
      {"a matrix cell twice",
       attack_text("  - {list: tools}\n", "matrix: {personality: [strict, strict]}\n"),
       "f.yaml:6:9: the cell `strict` stands twice\n"},
      {"neither template nor alone",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
       "steps: [{list: tools}]\nbenign: [{everyday: true}]\n",
       "f.yaml:1:1: nothing says what this attacks (`fits` for a template, `policy` and "
       "`upstreams` for "
       "a file that stands alone)\n"},
      {"a promise in a template",
       attack_text("  - {list: tools}\n", "promise: {cancel: {max: 0}}\n"),
       "f.yaml:6:1: `promise` belongs to the target (it may stand here beside `policy` and "
       "`upstreams`)\n"},
      {"half a file that stands alone",
       "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\n"
       "upstreams: {u: {mock: generic}}\nsteps: [{list: tools}]\nbenign: [{call: {tool: t}}]\n",
       "f.yaml:5:12: a file that stands alone needs `policy` and `upstreams`\n"},
      {"a hub before one upstream", alone_text("upstreams: {u: {mock: generic}}\nhub: bare\n"),
       "f.yaml:7:1: there is no hub before one upstream\n"},
      {"an unknown sort of hub",
       alone_text("upstreams: {u: {mock: generic}, v: {mock: generic}}\nhub: bear\n"),
       "f.yaml:7:6: `hub` is `bear`, which is none of its values (one of `prefixed`, `bare`)\n"},
      {"an upstream that cannot be named",
       alone_text("upstreams: {u: {mock: generic}, v.1: {mock: generic}}\n"),
       "f.yaml:6:33: `v.1` cannot name an upstream (lower-case letters, digits, `-` and `_`)\n"},
      {"no upstream at all", alone_text("upstreams: {}\n"),
       "f.yaml:6:12: `upstreams` has to be a mapping with one upstream, or up to 16 behind a "
       "hub\n"},
      {"extra tools of nobody",
       alone_text(
           "upstreams: {u: {mock: generic}, v: {mock: generic}}\nextra_tools: [{name: a}]\n"),
       "f.yaml:7:14: nothing says behind which upstream these are (`extra_tools` below one of "
       "`upstreams`)\n"},
      {"a hub in a template", attack_text("  - {list: tools}\n", "hub: bare\n"),
       "f.yaml:6:1: `hub` belongs to the target (it may stand here beside `policy` and "
       "`upstreams`)\n"},
      {"an empty file", "", "f.yaml: is empty\n"},
      {"comments alone", "# nothing\n", "f.yaml: is empty (it holds no value)\n"},
      {"a binary file", std::string("replay: 1\0\x01", 11),
       "f.yaml:1:10: holds a NUL byte: a binary file, not text\n"},
      {"bytes that are not UTF-8", "replay: 1\nid: \xff\n",
       "f.yaml:2:5: is not UTF-8: `\\xff` (save it as UTF-8)\n"},
  };
  return all;
}

std::string alias_bomb() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) text += ", " + before;
    text += "]\n";
  }
  return text;
}

TEST_CASE("a scenario file with a mistake is refused with place and hint") {
  for (const Bad& bad : bad_files()) {
    INFO(bad.what << "\n" << bad.text);
    CHECK(problems_of(load_attack_text(bad.text, "f.yaml")) == bad.said);
  }
}

TEST_CASE("an alias bomb is refused where it goes off") {
  const std::string said = problems_of(load_attack_text(alias_bomb(), "f.yaml"));
  CHECK(said.find("f.yaml:6:") == 0);
  CHECK(said.find("more than 1048576 values once its aliases are written out") !=
        std::string::npos);
}

TEST_CASE("a file that is not there, a folder and a huge file are refused") {
  CHECK(problems_of(scenario::load_attack(test::scratch_path("scenario/none.yaml"))) ==
        "none.yaml: no such file\n");
  CHECK(scenario::load_attack(test::scratch_path("scenario")).has_error());
  const std::string said =
      problems_of(load_attack_text(std::string((16u << 20) + 1, '#'), "f.yaml"));
  CHECK(said.find("f.yaml") == 0);
  CHECK(said.find("16 MiB") != std::string::npos);
}

TEST_CASE("all mistakes of a file are reported at once, in the order of the file") {
  const std::string text = attack_text("  - {list: prompts}\n  - {call: {tol: x}}\n", "clok: {}\n");
  CHECK(
      problems_of(load_attack_text(text, "f.yaml")) ==
      "f.yaml:6:1: unknown key `clok` in a scenario (did you mean `clock`?)\n"
      "f.yaml:8:12: only `list: tools` is known (or a mapping: `cursor`, `id`, `params`, `pages`)\n"
      "f.yaml:9:12: `tool` is missing in a call\n"
      "f.yaml:9:13: unknown key `tol` in a call (did you mean `tool`?)\n");
}

TEST_CASE("a scenario file says what it attacks and how it is known") {
  const auto attack = load_attack_text(
      "replay: 1\nid: rate/edge\ntitle: Two quotas at once\n"
      "attack: {id: MGA-RATE-01, status: derived, severity: medium, tags: [CWE-799], sources: "
      "[here]}\n"
      "fits: {cancel.tool: present, promise.cancel.per: 60s}\nnull_verdict: drift\n"
      "steps: [{list: tools}]\nbenign: [{everyday: true}]\nalways: [{promise: cancel}]\n");
  INFO(problems_of(attack));
  REQUIRE(attack.has_value());
  CHECK((*attack)->id == "rate/edge");
  CHECK((*attack)->title == "Two quotas at once");
  CHECK((*attack)->info.id == "MGA-RATE-01");
  CHECK((*attack)->info.status == scenario::AttackStatus::Derived);
  CHECK((*attack)->info.severity == "medium");
  CHECK((*attack)->info.tags == std::vector<std::string>{"CWE-799"});
  CHECK((*attack)->fits.size() == 2);
  CHECK((*attack)->null_verdict == "drift");
  CHECK((*attack)->pending.empty());
  CHECK((*attack)->content_hash.size() == 64);
}

TEST_CASE("an attack that needs what the harness lacks is pending, with the reason") {
  const auto attack =
      load_attack_text(attack_text("  - {list: tools}\n", "needs: [era-2026-07-28, http]\n"));
  REQUIRE(attack.has_value());
  CHECK((*attack)->pending == "needs era-2026-07-28, http, which is not there yet");
  CHECK(not_run(**attack) == "pending: needs era-2026-07-28, http, which is not there yet");
  const auto offered = load_attack_text(attack_text(
      "  - {list: tools}\n", "needs: [approvals, audit, concurrency, faults, operator]\n"));
  REQUIRE(offered.has_value());
  CHECK((*offered)->pending.empty());
  CHECK(not_run(**offered).empty());
}

TEST_CASE("an attack that is not run needs neither steps nor a twin, but says what it attacks") {
  const std::string head =
      "replay: 1\nid: a\ntitle: t\nattack: {id: X, status: variant, severity: low}\n";
  const auto unseen =
      load_attack_text(head + "fits: {}\nnot_observable: it happens inside the server\n");
  INFO(problems_of(unseen));
  REQUIRE(unseen.has_value());
  CHECK(not_run(**unseen) == "not observable: it happens inside the server");
  CHECK_FALSE((*unseen)->everyday);
  CHECK(load_attack_text(head + "fits: {}\nneeds: http\n").has_value());
  CHECK(problems_of(
            load_attack_text("replay: 1\nid: a\ntitle: t\nfits: {}\npending: later\n", "f.yaml")) ==
        "f.yaml:1:1: `attack` is missing in a scenario\n");
}

TEST_CASE("a file without steps is everyday traffic, and needs no attack") {
  const auto traffic = load_attack_text(
      "replay: 1\nid: benign/browse\ntitle: t\nfits: {}\nbenign: [{everyday: true}]\n");
  INFO(problems_of(traffic));
  REQUIRE(traffic.has_value());
  CHECK((*traffic)->everyday);
  CHECK((*traffic)->null_verdict == "pass");
  CHECK((*traffic)->info.id.empty());
}

}  // namespace
}  // namespace gatecrash
