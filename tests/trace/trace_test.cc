#include "harness/trace/trace.h"

#include "tests/support/catch.h"

namespace gatecrash::trace {
namespace {

Trace sample() {
  Trace trace;
  trace.add(EventKind::Opened, "agent");
  trace.set_step(0);
  trace.set_connection(2);
  trace.set_time(base::default_start());
  trace.add(EventKind::Sent, "{\"id\":1}", "more", "extra").detail = 3;
  return trace;
}

TEST_CASE("an event keeps its bytes, step, connection and time") {
  const Trace trace = sample();
  REQUIRE(trace.events().size() == 2);
  CHECK(trace.events()[0].step == kSetUp);
  const Event& sent = trace.events()[1];
  CHECK(trace.view(sent.text) == "{\"id\":1}");
  CHECK(trace.view(sent.more) == "more");
  CHECK(trace.view(sent.extra) == "extra");
  CHECK(sent.step == 0);
  CHECK(sent.connection == 2);
  CHECK(sent.at == base::default_start());
}

TEST_CASE("two traces are the same only if every event is") {
  const Trace left = sample();
  CHECK(same(left, sample()));
  Trace right = sample();
  right.add(EventKind::Failed, "x");
  CHECK_FALSE(same(left, right));
  Trace other;
  other.add(EventKind::Opened, "agent");
  other.set_step(0);
  other.set_connection(2);
  other.set_time(base::default_start());
  other.add(EventKind::Sent, "{\"id\":1}", "more", "extra").detail = 4;
  CHECK_FALSE(same(left, other));
}

TEST_CASE("a cleared trace is as new and keeps its memory") {
  Trace trace = sample();
  trace.clear();
  CHECK(trace.empty());
  CHECK(same(trace, Trace{}));
  trace.add(EventKind::Opened, "agent");
  CHECK(trace.events()[0].step == kSetUp);
  CHECK(trace.events()[0].connection == 0);
}

TEST_CASE("every kind of event has a name that reads back") {
  for (int i = 0; i <= static_cast<int>(EventKind::Failed); ++i) {
    const auto kind = static_cast<EventKind>(i);
    CHECK(parse_event_kind(to_string(kind)) == kind);
  }
  CHECK_FALSE(parse_event_kind("nothing"));
}

}  // namespace
}  // namespace gatecrash::trace
