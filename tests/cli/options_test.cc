// The one reader of command lines: values, refusals with a hint, help; and that every program and
// verb uses it.
#include "harness/cli/options.h"

#include <iostream>
#include <sstream>

#include "harness/cli/verb.h"
#include "tests/cli/program.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

// What a stream of the standard library gets while this lives.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(before_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

// A command with an option of every kind, and its values after reading.
struct Sample {
  bool loud = false;
  std::string file = "default";
  std::string mode = "fast";
  std::string known;
  std::vector<std::string> tags{"none"};
  std::vector<std::string> paths;
  std::uint32_t jobs = 2;
  std::uint64_t seed = 1;

  std::optional<int> ended;
  std::string out;
  std::string err;

  explicit Sample(const std::vector<std::string>& words) {
    std::vector<const char*> argv{"/somewhere/sample"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    const Captured standard_out(std::cout), standard_err(std::cerr);
    ended = cli::read_options(
        {.program = "sample",
         .summary = "Reads a sample.",
         .options =
             {{"PATH", &paths, "files", {.required = true}},
              {"-l,--loud", &loud, "much output"},
              {"--file", &file, "a file", {.type = "FILE", .show_default = true}},
              {"--mode", &mode, "how", {.one_of = {"fast", "slow"}}},
              {"--known", &known, "a file", {.existing_file = true, .excludes = {"--mode"}}},
              {"--tag", &tags, "tags, comma-separated", {.separator = ','}},
              {"-j,--jobs", &jobs, "threads", {.show_default = true, .range = cli::Range{1, 4}}},
              {"--seed", &seed, "any number"}},
         .footer = "examples:\n  sample x",
         .version = "sample 7"},
        static_cast<int>(argv.size()), argv.data());
    out = standard_out.text();
    err = standard_err.text();
  }
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("Options keep their defaults unless they are given") {
  const Sample sample({"a.yaml"});
  CHECK_FALSE(sample.ended);
  CHECK(sample.paths == Words{"a.yaml"});
  CHECK_FALSE(sample.loud);
  CHECK(sample.file == "default");
  CHECK(sample.tags == Words{"none"});
  CHECK(sample.jobs == 2);
  CHECK(sample.out.empty());
  CHECK(sample.err.empty());
}

TEST_CASE("Options take values of every type, before and after positional arguments") {
  const Sample sample(
      {"-l", "--file=x y", "a", "-j4", "--seed", "18446744073709551615", "b", "--mode", "slow"});
  INFO(sample.err);
  CHECK_FALSE(sample.ended);
  CHECK(sample.loud);
  CHECK(sample.file == "x y");
  CHECK(sample.mode == "slow");
  CHECK(sample.jobs == 4);
  CHECK(sample.seed == 18446744073709551615u);
  CHECK(sample.paths == Words{"a", "b"});
  CHECK(Sample({"a", "--seed", "010"}).seed == 10);
  CHECK(Sample({"a", "-j", "1"}).jobs == 1);
}

TEST_CASE("A repeatable option takes one value each time") {
  const Sample sample({"--tag", "a,b", "x", "--tag", "c", "y", "--tag=d"});
  CHECK_FALSE(sample.ended);
  CHECK(sample.tags == Words{"a", "b", "c", "d"});
  CHECK(sample.paths == Words{"x", "y"});
}

TEST_CASE("A value may look like a flag") {
  const Sample sample({"a", "--file", "--loud", "--tag", "-l"});
  CHECK_FALSE(sample.ended);
  CHECK(sample.file == "--loud");
  CHECK(sample.tags == Words{"-l"});
  CHECK_FALSE(sample.loud);
}

TEST_CASE("Words after -- are positional arguments as they are") {
  const Sample sample({"a", "--", "--loud", "[b,c]", "--", "", "{}"});
  CHECK_FALSE(sample.ended);
  CHECK(sample.paths == Words{"a", "--loud", "[b,c]", "--", "", "{}"});
  CHECK_FALSE(sample.loud);
  CHECK(Sample({"-l", "--", "a"}).paths == Words{"a"});
  CHECK(Sample({"a", "--"}).paths == Words{"a"});
}

// Phrases are CLI11's, which changes them: names, values and hints have to be there.
TEST_CASE("Wrong words are refused on stderr with exit code 64") {
  struct Row {
    Words words;
    Words said;
  };
  const Row rows[] = {
      {{"a", "--lout"}, {"--lout (did you mean `--loud`?)\n"}},
      {{"a", "--flie=x"}, {"--flie=x (did you mean `--file`?)\n"}},
      {{"a", "--unlike-all"}, {"--unlike-all\n"}},
      {{"a", "--unlike-all", "--", "--lout"}, {"--unlike-all\n"}},
      {{"a", "-x"}, {"-x\n"}},
      {{}, {"PATH is required"}},
      {{"--"}, {"PATH is required"}},
      {{"a", "--file"}, {"--file", "required FILE missing"}},
      {{"--file", "--", "a"}, {"--file", "required FILE missing"}},
      {{"a", "--file", "x", "--file", "y"}, {"--file", "received 2"}},
      {{"a", "--mode", "medium"}, {"--mode", "medium", "{fast,slow}"}},
      {{"a", "--mode="}, {"--mode", "{fast,slow}"}},
      {{"a", "--known", "/nowhere"}, {"--known", "/nowhere"}},
      {{"a", "--known", "/dev/null", "--mode", "slow"}, {"--known", "excludes", "--mode"}},
      {{"a", "--jobs", "0"}, {"--jobs", "Value 0 not in range", "1", "4"}},
      {{"a", "--jobs", "5"}, {"--jobs", "Value 5 not in range", "1", "4"}},
      {{"a", "-j", "-1"}, {"--jobs", "Value -1 not in range", "1", "4"}},
      {{"a", "-j", "two"}, {"--jobs", "Value two not in range", "1", "4"}},
      {{"a", "--jobs"}, {"--jobs", "UINT in [1 - 4]"}},
      {{"a", "--seed", "-5"}, {"--seed", "-5"}},
      {{"a", "--seed", "0x10"}, {"--seed", "0x10"}},
      {{"a", "--seed", "1x"}, {"--seed", "1x"}},
      {{"a", "--seed", ""}, {"--seed"}},
      {{"a", "--seed", "18446744073709551616"}, {"--seed", "18446744073709551616"}},
      {{"a", "--loud=perhaps"}, {"--loud", "perhaps"}},
  };
  for (const Row& row : rows) {
    const Sample sample(row.words);
    INFO(sample.err);
    CHECK(sample.ended == cli::kUsage);
    CHECK(sample.err.starts_with("sample: "));
    CHECK(sample.err.ends_with("\ntry `sample --help`\n"));
    CHECK(sample.out.empty());
    for (const std::string& text : row.said) {
      INFO("should say: " << text);
      CHECK(sample.err.find(text) != std::string::npos);
    }
  }
}

TEST_CASE("Help shows the table of options on stdout") {
  for (const Words& words : {Words{"--help"}, Words{"a", "-h", "--lout"}}) {
    const Sample sample(words);
    INFO(sample.out);
    CHECK(sample.ended == cli::kOk);
    CHECK(sample.err.empty());
    for (const std::string text :
         {"Reads a sample.\n", "sample [OPTIONS] PATH...", "PATH TEXT ... REQUIRED", "--loud",
          "much output", "--file FILE", "default", "--mode {fast,slow}", "--known FILE",
          "Excludes: --mode", "--tag TEXT ...", "--jobs UINT in [1 - 4]", "2", "--seed UINT",
          "examples:\n  sample x"}) {
      INFO("should say: " << text);
      CHECK(sample.out.find(text) != std::string::npos);
    }
  }
  const Sample version({"--version"});
  CHECK(version.ended == cli::kOk);
  CHECK(version.out == "sample 7\n");
}

TEST_CASE("Every verb and program answers a mistyped flag alike") {
  struct Row {
    std::string program;
    Words verb;
    std::string name;
  };
  std::vector<Row> rows{{"policy-gateway", {}, "policy-gateway"},
                        {"mock-server", {}, "mock-server"}};
  for (const cli::Verb& verb : cli::verbs()) {
    const std::string name(verb.name);
    rows.push_back({"replay", {name}, "replay " + name});
  }
  for (Row& row : rows) {
    row.verb.push_back("--hlep");
    const Ran ran = run_program(row.program, row.verb);
    INFO(row.name << ": " << ran.all());
    CHECK(ran.code == cli::kUsage);
    CHECK(ran.out.empty());
    CHECK(ran.err.starts_with(row.name + ": "));
    CHECK(ran.err.ends_with(" (did you mean `--help`?)\ntry `" + row.name + " --help`\n"));
  }
}
