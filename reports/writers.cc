#include "reports/writers.h"

#include <algorithm>

namespace gatecrash::reports {

const std::vector<Writer>& writers() {
  static const std::vector<Writer> table{
      {"json", ".json", write_json},    {"junit", ".xml", write_junit},   {"md", ".md", write_md},
      {"sarif", ".sarif", write_sarif}, {"github", ".txt", write_github},
  };
  return table;
}

const Writer* find_writer(std::string_view name) {
  const auto found = std::ranges::find(writers(), name, &Writer::name);
  return found == writers().end() ? nullptr : &*found;
}

}  // namespace gatecrash::reports
