// The command line of a program or verb: a table of options, written beside the code that uses
// them, and the one function that reads argv by it. options.cc alone knows CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatecrash::cli {

// The variable that takes the value; its content beforehand is the default. A bool is a flag
// without a value. A list takes one value each time the option is given; a positional list takes
// all that is left. Numbers are decimal digits.
using Destination =
    std::variant<bool*, std::string*, std::vector<std::string>*, std::uint32_t*, std::uint64_t*>;

struct Range {
  std::uint64_t least = 0;
  std::uint64_t most = 0;  // included
};

struct ValueRules {
  std::string_view type = {};  // the value in help; empty: TEXT, UINT, or the restriction below
  bool required = false;
  bool show_default = false;             // in help; for strings and numbers
  char separator = '\0';                 // of a list: one value may hold several
  std::vector<std::string> one_of = {};  // empty: anything
  std::optional<Range> range = {};       // of a number
  bool existing_file = false;
  std::vector<std::string_view> excludes = {};  // options above this one in the table
};

struct Option {
  std::string_view names;  // `-j,--jobs`; `PATH`, without dashes, is a positional argument
  Destination to;
  std::string_view help;
  ValueRules rules = {};
};

// The text that the views show has to outlive the call of read_options.
struct CommandLine {
  std::string_view program;  // `replay check`: how help and errors call it
  std::string_view summary;
  std::vector<Option> options;
  std::string_view footer;        // of help: examples
  std::string_view version = {};  // the answer to --version; empty: no such flag
};

// Reads the words after argv[0] into the destinations. Returns nothing if the program can go on,
// else the exit code to end with: 0 (help or version is on stdout) or 64 (the words are wrong; the
// reason is on stderr, with the nearest flag). Where the first positional argument is a list, the
// words after `--` go there as they are.
[[nodiscard]] std::optional<int> read_options(const CommandLine& command, int argc,
                                              const char* const* argv);

}  // namespace gatecrash::cli
