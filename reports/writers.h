// One function per format, one file each, one line each in writers.cc. A test compares this folder
// with the table.
#pragma once

#include <string>

#include "reports/report.h"

namespace gatecrash::reports {

std::string write_json(const Report& report);
std::string write_junit(const Report& report);
std::string write_md(const Report& report);
std::string write_sarif(const Report& report);
std::string write_github(const Report& report);

}  // namespace gatecrash::reports
