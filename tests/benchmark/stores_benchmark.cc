// One limit in a shared store, beside the one thing it cannot do without: a bare upsert in SQLite,
// a bare script call in Redis (GATECRASH_REDIS=unix:/path names a server; without it, left out).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <hiredis/hiredis.h>
#include <sqlite3.h>

#include "harness/decision/stores.h"

using namespace gatecrash;

namespace {

std::string scratch(const std::string& name) {
  const auto path = std::filesystem::temp_directory_path() / ("gatecrash-" + name + ".db");
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
  return path.string();
}

void reserve(benchmark::State& state, decision::CounterStore& store, decision::WindowKind kind) {
  base::Instant now = base::default_start();
  decision::CounterRequest request{.key = "tool:counter",
                                   .scope = "grant",
                                   .window = std::chrono::minutes{1},
                                   .kind = kind,
                                   .limit = 10'000'000LL * decision::kOne};
  for (auto _ : state) {
    now += std::chrono::seconds{6};  // ten in any minute
    const auto answer = store.reserve({&request, 1}, now);
    if (!answer.granted) state.SkipWithError("refused");
    store.commit(answer.ticket);
  }
}

void floor_sqlite_upsert(benchmark::State& state) {
  sqlite3* database = nullptr;
  sqlite3_open(scratch("floor").c_str(), &database);
  sqlite3_exec(database,
               "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
               "CREATE TABLE t(k TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID",
               nullptr, nullptr, nullptr);
  sqlite3_stmt* upsert = nullptr;
  sqlite3_prepare_v2(database,
                     "INSERT INTO t VALUES ('k', 1) ON CONFLICT(k) DO UPDATE SET n = n + 1", -1,
                     &upsert, nullptr);
  for (auto _ : state) {
    sqlite3_step(upsert);
    sqlite3_reset(upsert);
  }
  sqlite3_finalize(upsert);
  sqlite3_close(database);
}
BENCHMARK(floor_sqlite_upsert);

void sqlite_limit(benchmark::State& state) {
  const auto store = decision::make_sqlite_counters(scratch("limit")).value();
  reserve(state, *store,
          state.range(0) == 0 ? decision::WindowKind::CalendarUtc : decision::WindowKind::Sliding);
}
BENCHMARK(sqlite_limit)->Arg(0)->Arg(1)->ArgName("sliding");

void floor_redis_script(benchmark::State& state) {
  const char* url = std::getenv("GATECRASH_REDIS");
  if (url == nullptr) return state.SkipWithError("GATECRASH_REDIS is not set");
  redisContext* context = redisConnectUnix(std::string(url).substr(5).c_str());
  for (auto _ : state) {
    freeReplyObject(redisCommand(context, "EVAL %s 1 floor", "return redis.call('INCR', KEYS[1])"));
  }
  redisFree(context);
}
BENCHMARK(floor_redis_script);

void redis_limit(benchmark::State& state) {
  const char* url = std::getenv("GATECRASH_REDIS");
  if (url == nullptr) return state.SkipWithError("GATECRASH_REDIS is not set");
  const auto store = decision::make_redis_counters(url).value();
  store->reset();
  reserve(state, *store,
          state.range(0) == 0 ? decision::WindowKind::CalendarUtc : decision::WindowKind::Sliding);
}
BENCHMARK(redis_limit)->Arg(0)->Arg(1)->ArgName("sliding");

}  // namespace
