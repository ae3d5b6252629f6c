// Binding a call's arguments to a tool's parameters the way the server's framework does: what is
// missing, unknown or of the wrong type, and which lax conversions it makes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/tree.h"
#include "harness/rpc/message.h"
#include "mock_servers/surface.h"

namespace gatecrash::mock_servers {

class Arguments {
 public:
  static constexpr std::size_t kMost = 24;  // parameters of one tool

  // False: the framework refuses; complaint() says why, in its own shape. `coerces`: the leniency
  // coerces-args. Values view the message and this object's own trees.
  bool bind(const Tool& tool, base::Value arguments, const Framework& framework,
            const rpc::Reading& reading, bool coerces);
  const std::string& complaint() const { return complaint_; }

  // By position in the tool's parameter list. Null and omitted are both "not given".
  base::Value operator[](std::size_t param) const { return values_[param]; }
  bool given(std::size_t param) const { return values_[param] && !values_[param].is_null(); }
  std::string_view text(std::size_t param, std::string_view otherwise = {}) const {
    return given(param) ? values_[param].text() : otherwise;
  }
  std::optional<std::int64_t> integer(std::size_t param) const;
  std::int64_t integer(std::size_t param, std::int64_t otherwise) const {
    return integer(param).value_or(otherwise);
  }
  bool boolean(std::size_t param, bool otherwise) const;
  // Each element's text of a list, or the one scalar where a scalar is allowed.
  template <typename Visit>
  void each_text(std::size_t param, Visit visit) const {
    const base::Value value = values_[param];
    if (!value.is_list()) {
      if (given(param)) visit(value.text());
      return;
    }
    for (const base::Value each : value) visit(each.text());
  }
  // By name; slow. For tools that are data only.
  base::Value find(const Tool& tool, std::string_view name) const;

 private:
  base::Value parse_again(std::string_view text);
  void complain(const Tool& tool, const Framework& framework, std::string_view where,
                std::string_view what, std::string_view kind, base::Value input);
  bool fits(const Param& param, base::Value& value, const Framework& framework, bool coerces,
            std::string_view& what, std::string_view& kind);
  void check_elements(const Tool& tool, const Param& param, base::Value value,
                      const Framework& framework, bool coerces);

  std::array<base::Value, kMost> values_{};
  std::string complaint_;
  std::size_t complaints_ = 0;
  std::vector<std::unique_ptr<base::Tree>> trees_;  // of JSON found in strings
  std::size_t trees_used_ = 0;
};

// Python's repr of a JSON value, as its error texts show it.
void append_python_repr(base::Value value, std::string& out);

}  // namespace gatecrash::mock_servers
