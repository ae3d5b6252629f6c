// The one door to yaml-cpp. See document.h for what is read and what is refused.
#pragma once

#include "harness/base/document.h"

namespace gatecrash::base {

// Reads `document.source` into `document.tree`; the source is UTF-8 without a byte-order mark,
// `syntax` Yaml or GoYaml.
// Answers all problems, in the order of their places; none means the tree holds one document.
Problems read_yaml(Document& document, Syntax syntax);

}  // namespace gatecrash::base
