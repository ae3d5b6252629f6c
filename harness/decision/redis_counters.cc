#include <sys/time.h>
#include <cstdlib>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include <hiredis/hiredis.h>

#include "harness/decision/stores.h"
#include "harness/decision/tickets.h"

namespace gatecrash::decision {
namespace {

// One script is one atomic step of the server: asks all counters, then writes all or none.
//
// A sliding counter is a sorted set `<name>:z` of `<id>:<amount>` by time and their sum in
// `<name>:s`; a calendar counter is a hash `<name>:c` of start and sum. Everything expires with its
// window. ARGV: now, mode (reserve, value, undo), then per counter: kind, window, amount, limit,
// start, mark.
constexpr std::string_view kScript = R"lua(
local now, mode = tonumber(ARGV[1]), ARGV[2]
local sums, reply = {}, {}
local function each(i)
  local at = 2 + (i - 1) * 6
  return KEYS[i], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]),
         ARGV[at + 5], ARGV[at + 6]
end
local function text(number) return string.format('%.0f', number) end
local function sum_of(key, kind, window, start)
  if kind == 'c' then
    local row = redis.call('HMGET', key .. ':c', 'start', 'sum')
    return row[1] == start and tonumber(row[2]) or 0
  end
  local sum = tonumber(redis.call('GET', key .. ':s') or '0')
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key .. ':z', '-inf', text(now - window))) do
    sum = sum - tonumber(string.match(member, ':(.*)$'))
  end
  return sum
end
local function add(key, kind, window, amount, start)
  local sum = sum_of(key, kind, window, start) + amount
  local life = math.ceil(window / 1000) * 2
  if kind == 'c' then
    redis.call('HMSET', key .. ':c', 'start', start, 'sum', text(sum))
    redis.call('PEXPIRE', key .. ':c', life)
    return start
  end
  redis.call('ZREMRANGEBYSCORE', key .. ':z', '-inf', text(now - window))
  local last = redis.call('ZREVRANGE', key .. ':z', 0, 0, 'WITHSCORES')
  local member = redis.call('INCR', key .. ':n') .. ':' .. text(amount)
  redis.call('ZADD', key .. ':z', text(math.max(now, tonumber(last[2] or '0'))), member)
  redis.call('SET', key .. ':s', text(sum))
  for _, suffix in ipairs({':z', ':s', ':n'}) do redis.call('PEXPIRE', key .. suffix, life) end
  return member
end
for i = 1, #KEYS do
  local key, kind, window, amount, limit, start, mark = each(i)
  if mode == 'undo' then
    if kind == 'c' then
      if redis.call('HGET', key .. ':c', 'start') == mark then
        redis.call('HSET', key .. ':c', 'sum', text(sum_of(key, kind, window, mark) - amount))
      end
    elseif redis.call('ZREM', key .. ':z', mark) == 1 then
      redis.call('SET', key .. ':s', text(tonumber(redis.call('GET', key .. ':s') or '0') - amount), 'KEEPTTL')
    end
  else
    local sum = (sums[key] or sum_of(key, kind, window, start)) + amount
    if mode == 'value' then return {text(sum)} end
    if sum > limit then return {'refused', tostring(i - 1)} end
    sums[key] = sum
  end
end
if mode == 'undo' then return {'done'} end
for i = 1, #KEYS do
  local key, kind, window, amount, limit, start = each(i)
  reply[i] = add(key, kind, window, amount, start)
end
return reply
)lua";

constexpr Micros kExact = 1LL << 53;  // Lua counts in doubles

struct Address {
  std::string socket;  // path; or
  std::string host = "127.0.0.1";
  int port = 6379;
  int database = 0;
  std::string password;
  std::string shown;  // without the password
};

std::optional<Address> parse_address(std::string_view url) {
  Address out;
  if (url.starts_with("unix:")) {
    out.socket = url.substr(url.starts_with("unix://") ? 7 : 5);
    out.shown = "unix:" + out.socket;
    return out.socket.empty() ? std::nullopt : std::optional(out);
  }
  if (!url.starts_with("redis://")) return std::nullopt;
  url.remove_prefix(8);
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = url.substr(0, at);
    out.password = user.substr(user.find(':') == std::string_view::npos ? 0 : user.find(':') + 1);
    url.remove_prefix(at + 1);
  }
  const auto number = [](std::string_view text, int& value) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc{} && end == text.data() + text.size();
  };
  if (const std::size_t slash = url.find('/'); slash != std::string_view::npos) {
    const std::string_view database = url.substr(slash + 1);
    if (!database.empty() && !number(database, out.database)) return std::nullopt;
    url = url.substr(0, slash);
  }
  if (const std::size_t colon = url.rfind(':'); colon != std::string_view::npos) {
    if (!number(url.substr(colon + 1), out.port)) return std::nullopt;
    url = url.substr(0, colon);
  }
  if (!url.empty()) out.host = url;
  out.shown =
      "redis://" + out.host + ":" + std::to_string(out.port) + "/" + std::to_string(out.database);
  return out;
}

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;
struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};

class RedisCounters final : public CounterStore {
 public:
  explicit RedisCounters(Address address) : address_(std::move(address)) {}

  CounterAnswer reserve(std::span<const CounterRequest> requests, base::Instant now) override {
    if (requests.empty()) return {.granted = true};
    std::vector<Mark> marks;
    for (const CounterRequest& each : requests) marks.push_back(mark_of(each, each.amount));
    std::vector<std::string> out;
    if (!run("reserve", marks, now, out)) return {.store_failed = true};
    if (out.size() == 2 && out[0] == "refused") {
      return {.refused_by = static_cast<std::uint32_t>(std::strtoul(out[1].c_str(), nullptr, 10))};
    }
    if (out.size() != marks.size()) return {.store_failed = true};
    for (std::size_t i = 0; i < marks.size(); ++i) marks[i].place = out[i];
    if (std::ranges::all_of(requests, &CounterRequest::for_good)) return {.granted = true};
    return {.granted = true, .ticket = tickets_.keep(std::move(marks))};
  }

  void commit(std::uint64_t ticket) override { tickets_.take(ticket); }

  void rollback(std::uint64_t ticket, base::Instant now, bool current_window) override {
    std::vector<Mark> marks = tickets_.take(ticket);
    if (marks.empty()) return;
    std::vector<std::string> out;
    if (current_window) {
      for (Mark& each : marks) {
        each.amount = -each.amount;
        each.limit = kExact;
      }
    }
    run(current_window ? "reserve" : "undo", marks, now, out);
  }

  std::optional<Micros> value(const CounterRequest& request, base::Instant now) override {
    std::vector<std::string> out;
    if (!run("value", {mark_of(request, 0)}, now, out) || out.size() != 1) return std::nullopt;
    return std::strtoll(out[0].c_str(), nullptr, 10);
  }

  void reset() override {
    tickets_.clear();
    if (!connect()) return;
    // Only what is ours: other things may live in the same server.
    std::string cursor = "0";
    do {
      const Reply page =
          command({"SCAN", cursor, "MATCH", std::string(kPrefix) + "*", "COUNT", "1000"});
      if (!page || page->type != REDIS_REPLY_ARRAY || page->elements != 2) return;
      cursor = page->element[0]->str;
      for (std::size_t i = 0; i < page->element[1]->elements; ++i) {
        const redisReply* key = page->element[1]->element[i];
        command({"DEL", std::string(key->str, key->len)});
      }
    } while (cursor != "0");
  }

 private:
  static constexpr std::string_view kPrefix = "gatecrash:";

  struct Mark {
    std::string counter;
    WindowKind kind = WindowKind::Sliding;
    std::int64_t window = 0;
    Micros amount = 0;
    Micros limit = 0;
    std::string place;
  };

  static Mark mark_of(const CounterRequest& request, Micros amount) {
    return {.counter =
                std::string(kPrefix) + std::string(request.key) + '|' + std::string(request.scope),
            .kind = request.kind,
            .window = std::max<std::int64_t>(request.window.count(), 1),
            .amount = std::clamp(amount, -kExact, kExact),
            .limit = request.counts_only ? kExact : std::min(request.limit, kExact - 1)};
  }

  bool run(std::string_view mode, const std::vector<Mark>& marks, base::Instant now,
           std::vector<std::string>& out) {
    if (!connect()) return false;
    const std::int64_t at = now.time_since_epoch().count();
    std::vector<std::string> words{"EVALSHA", sha_, std::to_string(marks.size())};
    for (const Mark& each : marks) words.push_back(each.counter);
    words.push_back(std::to_string(at));
    words.emplace_back(mode);
    for (const Mark& each : marks) {
      words.emplace_back(each.kind == WindowKind::CalendarUtc ? "c" : "s");
      words.push_back(std::to_string(each.window));
      words.push_back(std::to_string(each.amount));
      words.push_back(std::to_string(each.limit));
      words.push_back(std::to_string(at - ((at % each.window) + each.window) % each.window));
      words.push_back(each.place);
    }
    const Reply reply = command(words);
    if (!reply || reply->type != REDIS_REPLY_ARRAY) {
      context_.reset();  // the next call connects and loads the script again
      return false;
    }
    for (std::size_t i = 0; i < reply->elements; ++i) {
      out.emplace_back(reply->element[i]->str, reply->element[i]->len);
    }
    return true;
  }

  bool connect() {
    if (context_ && context_->err == 0) return true;
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    context_.reset(address_.socket.empty()
                       ? redisConnectWithTimeout(address_.host.c_str(), address_.port, patience)
                       : redisConnectUnixWithTimeout(address_.socket.c_str(), patience));
    if (!context_ || context_->err != 0) return false;
    redisSetTimeout(context_.get(), patience);
    const auto well = [](const Reply& reply) { return reply && reply->type != REDIS_REPLY_ERROR; };
    if (!address_.password.empty() && !well(command({"AUTH", address_.password}))) return drop();
    if (address_.database != 0 && !well(command({"SELECT", std::to_string(address_.database)})))
      return drop();
    const Reply loaded = command({"SCRIPT", "LOAD", std::string(kScript)});
    if (!well(loaded) || loaded->type != REDIS_REPLY_STRING) return drop();
    sha_ = loaded->str;
    return true;
  }
  bool drop() {
    context_.reset();
    return false;
  }

  Reply command(const std::vector<std::string>& words) {
    std::vector<const char*> parts;
    std::vector<std::size_t> sizes;
    for (const std::string& each : words) {
      parts.push_back(each.data());
      sizes.push_back(each.size());
    }
    return Reply(static_cast<redisReply*>(redisCommandArgv(
        context_.get(), static_cast<int>(parts.size()), parts.data(), sizes.data())));
  }

  Address address_;
  std::unique_ptr<redisContext, FreeContext> context_;
  std::string sha_;
  Tickets<Mark> tickets_;
};

}  // namespace

base::Result<std::unique_ptr<CounterStore>> make_redis_counters(const std::string& url) {
  std::optional<Address> address = parse_address(url);
  if (!address) {
    return base::Problems{base::problem({}, {}, "this is no address of a Redis server",
                                        "write `redis://host:port/database` or `unix:/path`")};
  }
  return std::unique_ptr<CounterStore>(std::make_unique<RedisCounters>(std::move(*address)));
}

}  // namespace gatecrash::decision
