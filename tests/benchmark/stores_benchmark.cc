// One limit in a shared store, beside the least that could do it: a bare upsert in SQLite, a bare
// script call in Redis.
#include <chrono>
#include <memory>
#include <string>

#include <hiredis/hiredis.h>
#include <sqlite3.h>

#include "harness/base/check.h"
#include "harness/decision/stores.h"
#include "tests/benchmark/paired.h"
#include "tests/support/redis_server.h"
#include "tests/support/scratch.h"

using namespace gatecrash;

namespace {

// A reservation in one window of a minute, and its commit.
class Limit {
 public:
  Limit(decision::CounterStore& store, decision::WindowKind kind) : store_(store) {
    request_.kind = kind;
  }
  void operator()() {
    now_ += std::chrono::seconds{6};  // ten in any minute
    const auto answer = store_.reserve({&request_, 1}, now_);
    GATECRASH_CHECK(answer.granted);
    store_.commit(answer.ticket);
  }

 private:
  decision::CounterStore& store_;
  base::Instant now_ = base::default_start();
  decision::CounterRequest request_{.key = "tool:counter",
                                    .scope = "grant",
                                    .window = std::chrono::minutes{1},
                                    .limit = 10'000'000LL * decision::kOne};
};

class Upsert {
 public:
  explicit Upsert(const std::string& path) {
    GATECRASH_CHECK(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    GATECRASH_CHECK(sqlite3_exec(database_,
                                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                                 "CREATE TABLE t(k TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID",
                                 nullptr, nullptr, nullptr) == SQLITE_OK);
    const char* const text = "INSERT INTO t VALUES ('k', 1) ON CONFLICT(k) DO UPDATE SET n = n + 1";
    GATECRASH_CHECK(sqlite3_prepare_v2(database_, text, -1, &upsert_, nullptr) == SQLITE_OK);
  }
  ~Upsert() {
    sqlite3_finalize(upsert_);
    sqlite3_close(database_);
  }
  Upsert(const Upsert&) = delete;
  Upsert& operator=(const Upsert&) = delete;
  void operator()() {
    GATECRASH_CHECK(sqlite3_step(upsert_) == SQLITE_DONE);
    sqlite3_reset(upsert_);
  }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* upsert_ = nullptr;
};

template <decision::WindowKind kind>
void sqlite(paired::Pairs& pairs) {
  const test::Scratch folder;
  const auto store = decision::make_sqlite_counters(folder.path("limit.db")).value();
  pairs.run(Limit(*store, kind), Upsert(folder.path("floor.db")));
}

// What one would write first for the kind of window. ARGV: the time and when the window began.
constexpr const char* script_of(decision::WindowKind kind) {
  return kind == decision::WindowKind::Sliding
             ? "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2]) "
               "if redis.call('ZCARD', KEYS[1]) >= 10000000 then return 0 end "
               "redis.call('ZADD', KEYS[1], ARGV[1], ARGV[1]) "
               "redis.call('PEXPIRE', KEYS[1], 120000) "
               "return 1"
             : "return redis.call('INCR', KEYS[1])";
}

class BareScript {
 public:
  BareScript(const std::string& socket, const char* text)
      : context_(redisConnectUnix(socket.c_str()), redisFree) {
    GATECRASH_CHECK(context_ != nullptr && context_->err == 0);
    const Reply reply = command("SCRIPT LOAD %s", text);
    sha_.assign(reply->str, reply->len);
  }
  void operator()() {
    now_ += 6000;
    command("EVALSHA %s 1 floor %lld %lld", sha_.c_str(), now_, now_ - 60'000);
  }

 private:
  using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;
  template <typename... Arguments>
  Reply command(const char* format, Arguments... arguments) {
    Reply reply(static_cast<redisReply*>(redisCommand(context_.get(), format, arguments...)),
                freeReplyObject);
    GATECRASH_CHECK(reply != nullptr && reply->type != REDIS_REPLY_ERROR);
    return reply;
  }

  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
  std::string sha_;
  long long now_ = 0;  // milliseconds
};

template <decision::WindowKind kind>
void redis(paired::Pairs& pairs) {
  const test::RedisServer server;
  if (!server.running()) return pairs.give_up("skipped: redis-server is not installed");
  const auto store = decision::make_redis_counters("unix:" + server.socket()).value();
  pairs.run(Limit(*store, kind), BareScript(server.socket(), script_of(kind)));
}

using decision::WindowKind;
constexpr paired::Aim kAim = paired::ratio_at_most(1.3);
const bool kRows = paired::add({
    {"stores/sqlite_sliding", "a sliding limit in SQLite", "bare upsert", paired::Clock::Wall, kAim,
     sqlite<WindowKind::Sliding>},
    {"stores/sqlite_calendar", "a calendar limit in SQLite", "bare upsert", paired::Clock::Wall,
     kAim, sqlite<WindowKind::CalendarUtc>},
    {"stores/redis_sliding", "a sliding limit in Redis", "bare sliding-window script",
     paired::Clock::Wall, kAim, redis<WindowKind::Sliding>},
    {"stores/redis_calendar", "a calendar limit in Redis", "bare INCR script", paired::Clock::Wall,
     kAim, redis<WindowKind::CalendarUtc>},
});

}  // namespace
