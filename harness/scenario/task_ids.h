// Task ids in the form a server really uses, made from a number alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatecrash::scenario {

bool is_task_id_form(std::string_view form);

// Id `n` in that form; distinct for distinct n below a million. `salt` keeps two servers' ids
// apart.
void append_task_id(std::string_view form, std::uint64_t salt, std::uint32_t n, std::string& out);
std::uint64_t task_id_salt(std::string_view name);

}  // namespace gatecrash::scenario
