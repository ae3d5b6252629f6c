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
  CHECK(sample.out + sample.err == "");
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
  const Sample sample({"--tag", "a,b", "x", "--tag", "[c]", "y", "--tag=d"});
  CHECK_FALSE(sample.ended);
  CHECK(sample.tags == Words{"a", "b", "[c]", "d"});
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

TEST_CASE("Wrong words are refused on stderr with exit code 64") {
  struct Row {
    Words words;
    std::string said;
  };
  const Row rows[] = {
      {{"a", "--lout"}, "not expected: --lout (did you mean `--loud`?)\n"},
      {{"a", "--flie=x"}, "not expected: --flie=x (did you mean `--file`?)\n"},
      {{"a", "--unlike-all"}, "not expected: --unlike-all\n"},
      {{"a", "--unlike-all", "--", "--lout"}, "not expected: --unlike-all\n"},
      {{"a", "-x"}, "not expected: -x\n"},
      {{}, "PATH is required\n"},
      {{"--"}, "PATH is required\n"},
      {{"a", "--file"}, "--file: 1 required FILE missing\n"},
      {{"--file", "--", "a"}, "--file: 1 required FILE missing\n"},
      {{"a", "--file", "x", "--file", "y"}, "--file: At Most 1 required but received 2\n"},
      {{"a", "--mode", "medium"}, "--mode: medium not in {fast,slow}\n"},
      {{"a", "--mode="}, "--mode: 1 required {fast,slow} missing\n"},
      {{"a", "--known", "/nowhere"}, "--known: File does not exist: /nowhere\n"},
      {{"a", "--known", "/dev/null", "--mode", "slow"}, "--known excludes --mode\n"},
      {{"a", "--jobs", "0"}, "--jobs: Value 0 not in range 1 to 4\n"},
      {{"a", "--jobs", "5"}, "--jobs: Value 5 not in range 1 to 4\n"},
      {{"a", "-j", "-1"}, "--jobs: Value -1 not in range 1 to 4\n"},
      {{"a", "-j", "two"}, "--jobs: Value two not in range 1 to 4\n"},
      {{"a", "--jobs"}, "--jobs: 1 required UINT in [1 - 4] missing\n"},
      {{"a", "--seed", "-5"}, "Could not convert: --seed = -5\n"},
      {{"a", "--seed", "0x10"}, "Could not convert: --seed = 0x10\n"},
      {{"a", "--seed", "1x"}, "Could not convert: --seed = 1x\n"},
      {{"a", "--seed", ""}, "Could not convert: --seed = \n"},
      {{"a", "--seed", "18446744073709551616"},
       "Could not convert: --seed = 18446744073709551616\n"},
      {{"a", "--loud=perhaps"}, "Could not convert: --loud = perhaps\n"},
  };
  for (const Row& row : rows) {
    const Sample sample(row.words);
    INFO("should say: " << row.said);
    INFO("says: " << sample.err);
    CHECK(sample.ended == cli::kUsage);
    CHECK(sample.err.starts_with("sample: "));
    CHECK(sample.err.find(row.said) != std::string::npos);
    CHECK(sample.err.ends_with("\ntry `sample --help`\n"));
    CHECK(sample.out.empty());
  }
}

TEST_CASE("Help is made of the table of options and goes to stdout") {
  for (const Words& words : {Words{"--help"}, Words{"a", "-h", "--lout"}}) {
    const Sample sample(words);
    CHECK(sample.ended == cli::kOk);
    CHECK(sample.err.empty());
    CHECK(sample.out == R"(Reads a sample.
Usage: sample [OPTIONS] PATH...

Positionals:
  PATH TEXT ... REQUIRED      files

Options:
  -h,--help                   Print this help message and exit
  --version                   Display program version information and exit
  -l,--loud                   much output
  --file FILE=default         a file
  --mode {fast,slow} Excludes: --known
                              how
  --known FILE Excludes: --mode
                              a file
  --tag TEXT ...              tags, comma-separated
  -j,--jobs UINT in [1 - 4]=2 threads
  --seed UINT                 any number

examples:
  sample x
)");
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
