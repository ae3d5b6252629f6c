// CLI11 with our manners: help on stdout and 0, wrong words on stderr with a hint and 64.
#pragma once

namespace CLI {
class App;
}

namespace gatecrash::cli {

// True to go on; else `exit_code` is what to end with.
bool parse_arguments(CLI::App& app, int argc, char** argv, int& exit_code);

}  // namespace gatecrash::cli
