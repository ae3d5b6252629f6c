// The words of `fault` and `operator` steps, which only the mocks and gateways know: those that
// mean nothing are said at their place before anything runs.
#pragma once

#include "harness/base/document.h"
#include "harness/base/problem.h"
#include "harness/scenario/scenario.h"

namespace gatecrash::cli {

// Of a file that the loader takes; words with a `${name}` in them are not judged yet.
base::Problems unknown_step_words(const base::Document& document);
// The same once all names stand for something.
base::Problems unknown_step_words(const scenario::Scenario& scenario);

}  // namespace gatecrash::cli
