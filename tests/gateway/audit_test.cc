// The audit: one record per decision, names but no values, digests that need the key.
#include "harness/gateway/audit.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/base/digest.h"
#include "harness/trace/pack.h"
#include "tests/gateway/rig.h"
#include "tests/support/paths.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

std::string fresh_path(const std::string& name) {
  const std::string path = scratch_path("gateway/" + name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::filesystem::remove(path);
  return path;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::unique_ptr<gateway::JsonLinesAudit> open_audit(const std::string& path,
                                                    std::string key = "k") {
  auto audit = gateway::JsonLinesAudit::open(path, std::move(key));
  REQUIRE(audit.has_value());
  (*audit)->set_policy("policy.json", kHidesCancel);
  return std::move(*audit);
}

// The records of: a denied call, an allowed call with arguments, a batch.
std::vector<std::string> records(const std::string& name, std::string key = "k") {
  const std::string path = fresh_path(name);
  auto audit = open_audit(path, std::move(key));
  Rig rig("reference", policy_input(std::string(kHidesCancel)));
  rig.gateway().open(0, {.name = "ann", .grant = "g1"});
  rig.handshake();
  rig.gateway().set_audit(audit.get());
  rig.call("cancel_task", R"({"task_id":"s3cret"})");
  rig.call("get_task", R"({"b":"s3cret","a":{"deep":1}})");
  rig.call("get_task", R"({"a":{"deep":1},"b":"s3cret"})");
  rig.call("get_task", R"({"a":{"deep":1},"b":"other"})");
  rig.send("[]");
  REQUIRE(audit->write_out());
  rig.gateway().set_audit(nullptr);
  return lines_of(path);
}

std::string digest_of(const std::string& record) {
  const std::size_t at = record.find("\"digest\":\"");
  REQUIRE(at != std::string::npos);
  return record.substr(at + 10, 32);
}

}  // namespace

TEST_CASE("Every decision and refusal is one JSON line with rule and place") {
  const auto lines = records("audit.jsonl");
  REQUIRE(lines.size() == 5);
  const std::string policy = base::sha256_hex(kHidesCancel).substr(0, 16);
  const std::string head =
      R"({"at":"2026-01-01T00:00:00Z","decision":"deny","session":"s2","principal":"ann","grant":"g1",)"
      R"j("tool":"cancel_task","rule":"(hidden)","policy":")j" +
      policy + R"(","file":"policy.json","line":1,"column":)";
  CHECK(lines[0].starts_with(head));
  CHECK(contains(lines[0], R"("arguments":["task_id"],"digest":")"));
  CHECK(contains(lines[1], R"("decision":"allow")"));
  CHECK(contains(lines[1], R"("arguments":["b","a"])"));
  CHECK(contains(lines[4], R"("decision":"refuse")"));
  CHECK(contains(lines[4], R"("reason":"batch")"));
  for (const std::string& line : lines) {
    base::Tree tree;
    CHECK_FALSE(base::read_json(line, {}, tree));
  }
}

TEST_CASE("No argument value is in the audit; equal calls have equal digests, under one key only") {
  const auto lines = records("values.jsonl");
  for (const std::string& line : lines) CHECK_FALSE(contains(line, "s3cret"));
  CHECK(digest_of(lines[1]) == digest_of(lines[2]));  // the order of members does not matter
  CHECK(digest_of(lines[1]) != digest_of(lines[3]));
  CHECK(digest_of(lines[1]) != digest_of(records("other_key.jsonl", "another")[1]));
  CHECK(digest_of(records("long_key.jsonl", std::string(100, 'k'))[1]) != digest_of(lines[1]));
  // No key given: one is made, and the next run has another.
  CHECK(digest_of(records("made1.jsonl", "")[1]) != digest_of(records("made2.jsonl", "")[1]));
}

TEST_CASE("The digest is HMAC-SHA-256 of tool and sorted arguments, first half") {
  // Computed with: printf '"get_task"{"a":{"deep":1},"b":"s3cret"}' | openssl dgst -sha256 -hmac k
  CHECK(digest_of(records("hmac.jsonl")[1]) == "72e488a0e1e594b10a6855cdfb39fb4a");
}

TEST_CASE("A client cannot blow up a record with its argument names") {
  const std::string path = fresh_path("names.jsonl");
  auto audit = open_audit(path);
  Rig rig("reference", policy_input(std::string(kHidesCancel)));
  rig.handshake();
  rig.gateway().set_audit(audit.get());
  std::string arguments = "{";
  for (int i = 0; i < 200; ++i) {
    arguments += (i == 0 ? "\"" : ",\"") + std::string(300, 'n') + std::to_string(i) + "\":1";
  }
  rig.call("get_task", arguments + "}");
  REQUIRE(audit->write_out());
  rig.gateway().set_audit(nullptr);
  REQUIRE(lines_of(path).size() == 1);
  CHECK(lines_of(path)[0].size() < 4096);
}

TEST_CASE("Two gateways append to one file; the file is its owner's alone") {
  const std::string path = fresh_path("shared.jsonl");
  auto first = open_audit(path);
  auto second = open_audit(path);
  for (int i = 0; i < 50; ++i) {
    first->refused({.session = "a"}, "batch", kStart);
    second->refused({.session = "b"}, "batch", kStart);
    REQUIRE((first->write_out() && second->write_out()));
  }
  CHECK(lines_of(path).size() == 100);
  const auto mode = std::filesystem::status(path).permissions();
  using std::filesystem::perms;
  CHECK((mode & (perms::group_all | perms::others_all)) == perms::none);
}

TEST_CASE("A sink that takes nothing is noticed, at opening or at writing") {
  CHECK_FALSE(gateway::JsonLinesAudit::open("/no/such/folder/a", "k").has_value());
  auto full = open_audit("/dev/full");
  full->refused({}, "batch", kStart);
  CHECK_FALSE(full->write_out());
}

TEST_CASE("A packed trace comes back event by event, and a broken one is refused") {
  trace::Trace trace;
  trace.set_step(3);
  trace.set_connection(2);
  trace.set_time(kStart);
  trace::Event& event =
      trace.add(trace::EventKind::Decided, "tool", "/rule", std::string("m\0\xff", 3));
  event.detail = 1;
  event.place = {12, 5};
  event.call = 0x0123456789abcdef;
  trace.add(trace::EventKind::Refused, "", "batch");
  std::string bytes;
  trace::pack(trace, bytes);
  trace::Trace back;
  REQUIRE(trace::unpack(bytes, back));
  CHECK(trace::same(trace, back));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    trace::Trace cut;
    CHECK_FALSE(trace::unpack(std::string_view(bytes).substr(0, size), cut));
  }
  CHECK_FALSE(trace::unpack(bytes + "x", back));
}
