// A server's surface as data: its tools with their parameters, and the wire rules of the framework
// the real server is built on. Schemas are generated from this data in that framework's own shape.
//
// Facts come from the sources named in each server's file; what is not known upstream is filled
// with a stand-in and marked `synthetic`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/rpc/message.h"
#include "harness/scenario/effect.h"
#include "mock_servers/world.h"

namespace gatecrash::mock_servers {

enum class Type : std::uint8_t {
  String,
  Integer,
  Number,
  Boolean,
  List,
  Object,
  Any,
  StringOrList,
  StringOrObject,
  StringOrInteger
};

struct Param {
  std::string_view name;
  Type type = Type::String;
  bool required = false;
  bool nullable = false;
  std::string_view otherwise = {};    // default as JSON text; empty: none is stated
  std::string_view items = {};        // of a list, or the values of an object: schema as JSON text
  std::string_view enumeration = {};  // values the schema states: "a|b|c"
  std::string_view values = {};       // values checked at run time or only documented: "a|b|c"
  std::optional<std::int64_t> min_length = {};  // of a string, or of the strings in a list
  std::optional<std::int64_t> min_items = {};
  std::optional<std::int64_t> minimum = {};
  std::optional<std::int64_t> above = {};  // exclusiveMinimum
  std::optional<std::int64_t> maximum = {};
  bool synthetic = false;
};

enum class Category : std::uint8_t { Read, Write, Execute, Destructive, Other };
std::string_view to_string(Category category);  // "Read", …

// What the tool function is declared to return; decides how its result is wrapped.
enum class Returns : std::uint8_t { Json, Text, List };

// What a call changes: `subject` is the parameter that names what (each element of a list), or, if
// there is none of that name, the subject itself.
struct Change {
  std::string_view subject;  // empty: no change
  scenario::Effect effect{};
};

struct Tool {
  std::string_view name;
  std::string_view description;
  std::span<const Param> params;
  Category category = Category::Read;
  bool catalogued = false;  // the category is the catalogue's own, not derived by us
  Returns returns = Returns::Json;
  bool synthetic = false;              // name or schema are stand-ins
  bool params_complete = true;         // false: the real tool has parameters that are not known
  std::string_view annotations;        // JSON text, or empty
  std::array<Change, 2> changes = {};  // for tools that are no more than an entry in the ledger
  std::uint32_t profiles = ~0U;        // bit n: served in the n-th profile
};

// How the framework behind a server reads arguments and words its errors (mock-servers.md, shared
// wire rules).
struct Framework {
  std::string_view name;
  // schemas
  bool titles = false;          // `title` per field and "<tool>Arguments" for the whole
  bool closed_objects = false;  // additionalProperties: false
  bool nullable_any_of = true;  // anyOf [T, null]; else the parameter is just optional
  // arguments
  bool refuses_unknown = false;      // an unknown argument is an error; else it is dropped
  bool lax_scalars = false;          // "5" is 5, 1 is true …
  bool parses_json_strings = false;  // for parameters that are not plain strings
  bool enforces_schema = false;  // bounds and enumerations too (zod); else types only (pydantic)
  // results
  bool states_is_error = false;  // `isError:false` is written out
  bool wraps_text = false;       // text results carry structuredContent {"result": …}
  bool marks_wrapped = false;    // and their schema x-fastmcp-wrap-result
  bool pretty_json = false;      // two spaces, else compact
  // errors
  std::string_view unknown_tool_before;  // "Unknown tool: "
  std::string_view unknown_tool_after;
  std::string_view failure_before;  // "Error executing tool " NAME failure_between MESSAGE
  std::string_view failure_between;
  std::string_view invalid_title_before;  // of a validation error: "for " … "Arguments"
  std::string_view invalid_title_after;
  bool raises_invalid = false;  // a validation error gets the words of any other exception
  int unknown_method_code = rpc::kMethodNotFound;
  std::string_view unknown_method = "Method not found";
  bool unknown_tool_is_rpc_error = false;
};

extern const Framework kOfficialPython;  // python-sdk 1.23 FastMCP
extern const Framework kFastMcp3;        // standalone fastmcp 3
extern const Framework kTypeScript;      // TypeScript SDK with zod
extern const Framework kPlain;           // generic mock, and where nothing is known

struct Surface {
  std::string_view server_name;
  std::string_view server_version;
  const Framework* framework = &kPlain;
  std::span<const Tool> tools;  // all of them; a profile serves those with its bit
  std::uint32_t profile = 0;    // index of the profile served
  StateModel states;
  // The tool that cancels by id, as an index into `tools`, and the parameter that names the task.
  std::size_t cancel_tool = ~std::size_t{0};
  std::string_view cancel_id;
  bool resources = false;
  bool subscriptions = false;
  bool prompts = false;
  bool header_frames = false;       // over stdio it also takes frames with a Content-Length
  std::string_view tool_meta = {};  // _meta of every tool, JSON text
  std::size_t page_size = 0;        // tools per page of tools/list; 0: all on one page

  bool served(const Tool& tool) const { return (tool.profiles >> profile & 1U) != 0; }
};

// JSON text of the input schema, in the framework's shape.
std::string input_schema(const Tool& tool, const Framework& framework);
// The whole entry of tools/list.
void write_tool(const Tool& tool, const Surface& surface, std::string& out);

}  // namespace gatecrash::mock_servers
