// What a mock process is told when it has to begin anew: which mock, how lenient, in which world,
// from when on. The harness packs it, the process unpacks it (control word Reset).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/base/time.h"
#include "harness/scenario/plan.h"
#include "harness/scenario/target.h"
#include "mock_servers/mock.h"

namespace gatecrash::mock_servers {

struct Order {
  std::string mock;
  MockOptions options;
  scenario::WorldSpec world;
  base::Instant start = base::default_start();
};

void pack(std::string_view mock, const MockOptions& options, const scenario::WorldSpec& world,
          base::Instant start, std::string& out);
std::optional<Order> unpack_order(std::string_view bytes);  // nothing: not a packed order

// What a plan asks of its mock.
MockOptions options_of(const scenario::Plan& plan);

// Tells mocks apart that were made with different options.
std::string key_of(std::string_view mock, const MockOptions& options);

}  // namespace gatecrash::mock_servers
