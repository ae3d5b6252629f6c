// `replay check` says the same in every format, and ends alike.
#include <set>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

using namespace gatecrash;
using namespace gatecrash::test;
using nlohmann::json;

namespace {

const std::string kFlawed =
    "version: \"1\"\n"
    "tools:\n"
    "  cancel-task:\n"
    "    rules:\n"
    "      - {name: rate, rate_limit: 10/minute}\n"
    "      - {name: env, conditions: [{path: args.env, op: neq, value: prod}]}\n"
    "      - {name: tag, conditions: [{path: args.tag, op: regex, value: \"a\"}]}\n"
    "      - {name: label, conditions: [{path: args.label, op: regex, value: \"a\"}]}\n";

Ran check(const std::string& file, const std::string& format) {
  return run_replay({"check", file, "--format", format});
}

}  // namespace

TEST_CASE(
    "SARIF of check has a rule for every result, places, levels and fingerprints of their own") {
  const std::string file = write_cli_file("formats/my policy.yaml", kFlawed);
  const Ran plain = check(file, "json"), ran = check(file, "sarif");
  INFO(ran.all());
  CHECK(ran.code == plain.code);
  const json listed = json::parse(plain.out)["problems"];
  const json sarif = json::parse(ran.out);
  CHECK(sarif["version"] == "2.1.0");
  CHECK(sarif["$schema"].is_string());
  REQUIRE(sarif["runs"].size() == 1);
  const json& run = sarif["runs"][0];
  CHECK(run["tool"]["driver"]["name"] == "gatecrash");
  CHECK(run["columnKind"] == "utf16CodeUnits");
  REQUIRE(run["results"].size() == listed.size());
  CHECK(listed.size() >= 4);
  const std::set<std::string> levels{"error", "warning", "note"};
  std::set<std::string> prints, ids;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const json& result = run["results"][i];
    INFO(result.dump(2));
    const std::size_t rule = result["ruleIndex"];
    CHECK(run["tool"]["driver"]["rules"].at(rule)["id"] == result["ruleId"]);
    CHECK(result["ruleId"] == listed[i]["id"]);
    CHECK(levels.contains(result["level"]));
    const std::string message = result["message"]["text"];
    CHECK(message.starts_with(listed[i]["message"].get<std::string>()));
    const json& place = result["locations"][0]["physicalLocation"];
    CHECK(place["artifactLocation"]["uri"].get<std::string>().ends_with("/my%20policy.yaml"));
    CHECK(place["region"]["startLine"] == listed[i]["line"]);
    CHECK(place["region"]["startColumn"] == listed[i]["column"]);
    prints.insert(result["partialFingerprints"]["gatecrash/v1"].get<std::string>());
    ids.insert(result["ruleId"].get<std::string>());
  }
  CHECK(prints.size() == listed.size());
  CHECK(ids.size() == run["tool"]["driver"]["rules"].size());
  for (const json& rule : run["tool"]["driver"]["rules"]) {
    CHECK_FALSE(rule["shortDescription"]["text"].get<std::string>().empty());
    CHECK(levels.contains(rule["defaultConfiguration"]["level"]));
  }
}

TEST_CASE("a fingerprint survives a line inserted above it") {
  const json before = json::parse(
      check(write_cli_file("formats/moved.yaml", kFlawed), "sarif").out)["runs"][0]["results"];
  const json after =
      json::parse(check(write_cli_file("formats/moved.yaml", "# a comment\n" + kFlawed), "sarif")
                      .out)["runs"][0]["results"];
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(before[i]["partialFingerprints"] == after[i]["partialFingerprints"]);
    CHECK(before[i]["locations"] != after[i]["locations"]);
  }
}

TEST_CASE("what does not load is a result, too, and nothing to say is an empty list") {
  const Ran broken = check(
      write_cli_file("formats/broken.yaml", "version: \"1\"\ntools: {t: {rulez: []}}\n"), "sarif");
  INFO(broken.all());
  CHECK(broken.code == 64);
  const json run = json::parse(broken.out)["runs"][0];
  REQUIRE(run["results"].size() == 1);
  CHECK(run["results"][0]["ruleId"] == "does-not-load");
  CHECK(run["results"][0]["level"] == "error");
  CHECK(run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 2);

  const Ran clean =
      check(write_cli_file("formats/clean.yaml",
                           "version: \"1\"\ndefault: deny\ntools: {read: {rules: []}}\n"),
            "sarif");
  INFO(clean.all());
  CHECK(clean.code == 0);
  CHECK(json::parse(clean.out)["runs"][0]["results"].is_array());
  CHECK(json::parse(clean.out)["runs"][0]["results"].empty());
}

TEST_CASE("annotations and text name every problem once, and the last line counts them") {
  const std::string file = write_cli_file("formats/flawed.yaml", kFlawed);
  const std::size_t problems = json::parse(check(file, "json").out)["problems"].size();
  for (const std::string format : {"text", "github"}) {
    const Ran ran = check(file, format);
    INFO(ran.all());
    CHECK(static_cast<std::size_t>(std::ranges::count(ran.out, '\n')) == problems + 1);
    CHECK(ran.says("\ncheck: files=1 errors="));
  }
  CHECK(run_replay({"check", file, "--format", "xml"}).code == 64);
}
