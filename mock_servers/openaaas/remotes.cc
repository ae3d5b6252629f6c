#include "mock_servers/openaaas/remotes.h"

#include <algorithm>

#include "mock_servers/ids.h"

namespace gatecrash::mock_servers::openaaas {
namespace {

using scenario::Effect;

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::none_of(name, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 ||
           std::string_view("/\\<>|&;$").find(c) != std::string_view::npos;
  });
}

}  // namespace

const std::vector<Remote>& Remotes::fixtures() {
  static const std::vector<Remote> list{
      {"default", "https://agents.example", "ak_client_" + make_hex(1, 32), "agent-user"},
      {"spare", "https://spare.example", "ak_client_" + make_hex(2, 32), "agent-user"},
      {"fresh", "https://fresh.example", {}, {}},
      {"stale", "https://stale.example", "ak_client_" + make_hex(3, 32), "agent-user", false},
  };
  return list;
}

void Remotes::reset() {
  if (!touched_) return;
  remotes_ = fixtures();
  default_ = "default";
  touched_ = false;
}

bool Remotes::has_tasks(const Remote& remote) {
  return remote.url == fixtures().front().url;
}

Remote* Remotes::find(std::string_view alias) {
  const auto found = std::ranges::find(remotes_, alias.empty() ? std::string_view(default_) : alias,
                                       &Remote::alias);
  return found == remotes_.end() ? nullptr : &*found;
}

Remote* Remotes::reach(std::string_view alias, ToolResult& result) {
  Remote* const remote = find(alias);
  if (remote == nullptr) {
    result.text() << "❌ 未找到服务器: " << alias;
  } else if (remote->api_key.empty()) {
    result.text() << "❌ 尚未注册: " << remote->alias << "，请先调用 register";
  } else {
    return remote;
  }
  return nullptr;
}

void Remotes::configure(std::string_view what, std::string_view detail, Context& context) {
  touched_ = true;
  context.effect(Effect::ConfigChanged, what, detail);
}

void Remotes::list(ToolResult& result) {
  Text text = result.text();
  text << "📋 服务器列表:";
  for (const Remote& each : remotes_) {
    text << "\n- " << each.alias << " | " << each.url
         << (each.api_key.empty() ? " | 未注册" : " | 已注册");
    if (each.alias == default_) text << " | 默认";
  }
}

void Remotes::set_url(std::string_view url, std::string_view alias, Context& context,
                      ToolResult& result) {
  if (alias.empty()) alias = default_;
  Remote* remote = find(alias);
  if (remote != nullptr && !remote->api_key.empty() && remote->url != url) {
    result.text() << "❌ 已注册的服务器不能修改地址: " << alias;
    return;
  }
  for (const Remote& each : remotes_) {
    if (each.url == url && each.alias != alias && !each.api_key.empty()) {
      result.text() << "❌ 该地址已属于别名 " << each.alias;
      return;
    }
  }
  if (remote == nullptr) remote = &remotes_.emplace_back(Remote{std::string(alias), {}, {}, {}});
  remote->url = url;
  configure(alias, url, context);
  result.text() << "✅ 已保存服务器地址: " << alias << " -> " << url;
}

void Remotes::set_default(std::string_view alias, Context& context, ToolResult& result) {
  if (alias.empty() || find(alias) == nullptr) {
    result.text() << "❌ 未找到服务器: " << alias;
    return;
  }
  default_ = alias;
  configure("default", alias, context);
  result.text() << "✅ 默认服务器: " << alias;
}

void Remotes::remove(std::string_view alias, Context& context, ToolResult& result) {
  if (alias == default_) {
    result.text() << "❌ 不能删除默认服务器";
    return;
  }
  if (std::erase_if(remotes_, [&](const Remote& each) { return each.alias == alias; }) == 0) {
    result.text() << "❌ 未找到服务器: " << alias;
    return;
  }
  configure(alias, "removed", context);
  result.text() << "✅ 已删除服务器: " << alias;
}

void Remotes::account(bool fresh, std::string_view name, std::string_view alias, Context& context,
                      ToolResult& result) {
  if (!good_name(name)) {
    result.text() << "❌ 名称不合法";
    return;
  }
  Remote* const remote = find(alias);
  if (remote == nullptr) {
    result.text() << "❌ 未找到服务器: " << alias;
    return;
  }
  if (fresh && !remote->api_key.empty()) {
    result.text() << "✅ 已注册: " << remote->name;
    return;
  }
  if (!fresh && remote->api_key.empty()) {
    result.text() << "❌ 尚未注册: " << remote->alias << "，请先调用 register";
    return;
  }
  context.effect(Effect::NetworkSent, remote->url, name);
  if (fresh) remote->api_key = "ak_client_" + make_hex(context.world.next_number(), 32);
  remote->name = name;
  configure(remote->alias, name, context);
  result.text() << "✅ " << (fresh ? "注册成功: " : "已更新: ") << name;
}

}  // namespace gatecrash::mock_servers::openaaas
