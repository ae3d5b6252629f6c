#include <set>
#include <string_view>

#include "harness/mcp/era.h"
#include "harness/mcp/lifecycle.h"
#include "harness/mcp/methods.h"
#include "tests/support/catch.h"

using namespace gatecrash;
using mcp::Direction;
using mcp::Method;

TEST_CASE("every method is found by its exact name and by nothing else") {
  std::set<std::string_view> names;
  for (const mcp::MethodInfo& each : mcp::methods()) {
    CAPTURE(each.name);
    CHECK(names.insert(each.name).second);
    CHECK(mcp::find_method(each.name) == &each);
    CHECK(&mcp::info(each.method) == &each);
    CHECK(each.notification == each.name.starts_with("notifications/"));
  }
  for (const std::string_view name :
       {"", "Tools/Call", "tools/call ", "tools/call/", "tools\\/call", "x/y", "server/discover",
        "tasks/update", "subscriptions/listen"}) {
    CAPTURE(name);
    CHECK(mcp::find_method(name) == nullptr);
  }
}

TEST_CASE("what only a server may ask is not a client's to send") {
  for (const Method method :
       {Method::SamplingCreateMessage, Method::ElicitationCreate, Method::RootsList,
        Method::NotifyToolsListChanged, Method::NotifyMessage}) {
    CHECK(mcp::info(method).direction == Direction::ServerToClient);
  }
  for (const Method method : {Method::ToolsCall, Method::ToolsList, Method::Initialize,
                              Method::NotifyInitialized, Method::NotifyRootsListChanged}) {
    CHECK(mcp::info(method).direction == Direction::ClientToServer);
  }
  for (const Method method : {Method::Ping, Method::TasksCancel, Method::NotifyCancelled}) {
    CHECK(mcp::info(method).direction == Direction::Both);
  }
}

TEST_CASE("eras are known by their wire text") {
  for (const mcp::Era era : {mcp::Era::R2025_06_18, mcp::Era::R2025_11_25}) {
    CHECK(mcp::parse_era(to_string(era)) == era);
  }
  for (const std::string_view other : {"", "2024-11-05", "2025-11-25 ", "1900-01-01"}) {
    CHECK_FALSE(mcp::parse_era(other));
  }
}

// protocol.md 3.2 rows 29 and 30.
TEST_CASE("a session is opened once and in order") {
  mcp::Lifecycle lifecycle;
  const auto allowed = [&] {
    std::set<Method> methods;
    for (const mcp::MethodInfo& each : mcp::methods()) {
      if (lifecycle.may_receive(each.method)) methods.insert(each.method);
    }
    return methods;
  };
  CHECK(allowed() == std::set<Method>{Method::Initialize, Method::Ping});

  lifecycle.received(Method::NotifyInitialized);
  CHECK(lifecycle.phase() == mcp::Phase::Fresh);
  lifecycle.received(Method::Ping);
  lifecycle.received(Method::Initialize);
  CHECK(allowed() == std::set<Method>{Method::Ping, Method::NotifyInitialized});

  lifecycle.received(Method::Initialize);
  CHECK(lifecycle.phase() == mcp::Phase::Initializing);
  lifecycle.received(Method::NotifyInitialized);
  CHECK(lifecycle.phase() == mcp::Phase::Operating);
  CHECK(allowed().size() == mcp::methods().size() - 2);
  CHECK_FALSE(lifecycle.may_receive(Method::Initialize));
  CHECK_FALSE(lifecycle.may_receive(Method::NotifyInitialized));

  lifecycle.reset();
  CHECK(lifecycle.phase() == mcp::Phase::Fresh);
}
