// The adapter's own configuration: remote servers under local aliases, with the account it has at
// each. It decides where every call goes that names no server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mock_servers/behaviour.h"

namespace gatecrash::mock_servers::openaaas {

// A remote server under its local alias.
struct Remote {
  std::string alias;
  std::string url;
  std::string api_key;  // empty: not registered there
  std::string name;
  bool good_key = true;  // the server still knows the key
};

class Remotes {
 public:
  // As new: the fixtures. The tasks of the world live at the first of them.
  void reset();

  Remote* find(std::string_view alias);  // empty: the default one
  // The remote a call goes to; null after saying why there is none.
  Remote* reach(std::string_view alias, ToolResult& result);
  static bool has_tasks(const Remote& remote);

  // The tools.
  void list(ToolResult& result);
  void set_url(std::string_view url, std::string_view alias, Context& context, ToolResult& result);
  void set_default(std::string_view alias, Context& context, ToolResult& result);
  void remove(std::string_view alias, Context& context, ToolResult& result);
  // register (`fresh`) and update_profile.
  void account(bool fresh, std::string_view name, std::string_view alias, Context& context,
               ToolResult& result);

 private:
  void configure(std::string_view what, std::string_view detail, Context& context);

  static const std::vector<Remote>& fixtures();
  std::vector<Remote> remotes_ = fixtures();
  std::string default_ = "default";
  bool touched_ = false;
};

}  // namespace gatecrash::mock_servers::openaaas
