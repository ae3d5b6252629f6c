#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "harness/decision/stores.h"
#include "harness/decision/tickets.h"

namespace gatecrash::decision {
namespace {

constexpr int kBusyMilliseconds = 2000;
constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS charge(id INTEGER PRIMARY KEY, counter TEXT NOT NULL,"
    " at INTEGER NOT NULL, amount INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS charge_at ON charge(counter, at, amount);"
    "CREATE TABLE IF NOT EXISTS calendar(counter TEXT PRIMARY KEY, start INTEGER NOT NULL,"
    " sum INTEGER NOT NULL) WITHOUT ROWID;";

Micros saturated(__int128 value) {
  return static_cast<Micros>(std::clamp<__int128>(value, std::numeric_limits<Micros>::min(),
                                                  std::numeric_limits<Micros>::max()));
}

// A prepared statement, bound, stepped and reset in one go.
class Statement {
 public:
  Statement(sqlite3* database, const char* text) {
    sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <typename... Values>
  bool run(const Values&... values) {
    const int code = step(values...);
    sqlite3_reset(statement_);
    return code == SQLITE_DONE || code == SQLITE_ROW;
  }
  // The first row's columns; false on error. `found` tells a row from none.
  template <typename... Values>
  bool read(std::int64_t* out, int columns, bool& found, const Values&... values) {
    const int code = step(values...);
    found = code == SQLITE_ROW;
    for (int i = 0; found && i < columns; ++i) out[i] = sqlite3_column_int64(statement_, i);
    sqlite3_reset(statement_);
    return code == SQLITE_DONE || code == SQLITE_ROW;
  }

 private:
  template <typename... Values>
  int step(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return sqlite3_step(statement_);
  }
  void bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
  void bind(int index, const std::string& value) {
    sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }

  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  Database() = default;
  ~Database() { sqlite3_close_v2(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  bool open(const std::string& path) {
    if (sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) !=
        SQLITE_OK) {
      return false;
    }
    sqlite3_busy_timeout(handle_, kBusyMilliseconds);
    // The switch to WAL does not wait for others who make it at the same moment: it answers busy at once.
    constexpr int kPause = 2;
    for (int waited = 0;; waited += kPause) {
      const int result = sqlite3_exec(handle_, kSchema, nullptr, nullptr, nullptr);
      if (result != SQLITE_BUSY || waited >= kBusyMilliseconds) return result == SQLITE_OK;
      sqlite3_sleep(kPause);
    }
  }
  std::string trouble() const {
    return handle_ == nullptr ? "cannot be opened" : sqlite3_errmsg(handle_);
  }
  sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

class SqliteCounters final : public CounterStore {
 public:
  explicit SqliteCounters(std::unique_ptr<Database> database)
      : database_(std::move(database)), statements_(database_->handle()) {}

  CounterAnswer reserve(std::span<const CounterRequest> requests, base::Instant now) override {
    if (requests.empty()) return {.granted = true};
    const std::int64_t at = now.time_since_epoch().count();
    // IMMEDIATE takes the write lock before the first read, so that no other process counts between
    // our question and our answer.
    if (!statements_.begin.run()) return {.store_failed = true};
    std::vector<Mark> marks;
    for (std::uint32_t i = 0; i < requests.size(); ++i) {
      const CounterRequest& request = requests[i];
      Mark mark{.counter = name_of(request), .kind = request.kind, .window = window_of(request),
                .amount = request.amount};
      const std::optional<Micros> sum = sum_at(mark, at);
      if (!sum) return failed();
      __int128 total = static_cast<__int128>(*sum) + request.amount;
      for (const Mark& other : marks) total += other.counter == mark.counter ? other.amount : 0;
      if (!request.counts_only && total > request.limit) {
        statements_.rollback.run();
        return {.refused_by = i};
      }
      marks.push_back(std::move(mark));
    }
    for (Mark& mark : marks) {
      if (!add(mark, at)) return failed();
    }
    if (!statements_.commit.run()) return failed();
    if (std::ranges::all_of(requests, &CounterRequest::for_good)) return {.granted = true};
    return {.granted = true, .ticket = tickets_.keep(std::move(marks))};
  }

  void commit(std::uint64_t ticket) override { tickets_.take(ticket); }

  // If the store fails here, what was reserved stays counted.
  void rollback(std::uint64_t ticket, base::Instant now, bool current_window) override {
    std::vector<Mark> marks = tickets_.take(ticket);
    if (marks.empty() || !statements_.begin.run()) return;
    for (Mark& mark : marks) {
      if (current_window) {
        add(mark, now.time_since_epoch().count(), true);
      } else if (mark.kind == WindowKind::Sliding) {
        statements_.remove_charge.run(mark.place);
      } else {
        statements_.reduce.run(mark.amount, mark.counter, mark.place);
      }
    }
    statements_.commit.run();
  }

  std::optional<Micros> value(const CounterRequest& request, base::Instant now) override {
    const Mark mark{.counter = name_of(request), .kind = request.kind, .window = window_of(request)};
    return sum_at(mark, now.time_since_epoch().count());
  }

  void reset() override {
    tickets_.clear();
    sqlite3_exec(database_->handle(), "DELETE FROM charge; DELETE FROM calendar;", nullptr, nullptr,
                 nullptr);
  }

 private:
  struct Mark {
    std::string counter;
    WindowKind kind = WindowKind::Sliding;
    std::int64_t window = 0;
    Micros amount = 0;
    std::int64_t place = 0;  // row of the charge, or start of the calendar window
  };

  struct Statements {
    explicit Statements(sqlite3* database)
        : begin(database, "BEGIN IMMEDIATE"),
          commit(database, "COMMIT"),
          rollback(database, "ROLLBACK"),
          sum(database, "SELECT coalesce(sum(amount), 0) FROM charge WHERE counter = ?1 AND at > ?2"),
          charge(database,
                 "INSERT INTO charge(counter, at, amount) VALUES (?1, max(?2, coalesce((SELECT max(at)"
                 " FROM charge WHERE counter = ?1), ?2)), ?3) RETURNING id"),
          forget(database, "DELETE FROM charge WHERE counter = ?1 AND at <= ?2"),
          remove_charge(database, "DELETE FROM charge WHERE id = ?1"),
          row(database, "SELECT start, sum FROM calendar WHERE counter = ?1"),
          put(database,
              "INSERT INTO calendar VALUES (?1, ?2, ?3)"
              " ON CONFLICT(counter) DO UPDATE SET start = ?2, sum = ?3"),
          reduce(database, "UPDATE calendar SET sum = sum - ?1 WHERE counter = ?2 AND start = ?3") {}
    Statement begin, commit, rollback, sum, charge, forget, remove_charge, row, put, reduce;
  };

  static std::string name_of(const CounterRequest& request) {
    return std::string(request.key) + '|' + std::string(request.scope);
  }
  static std::int64_t window_of(const CounterRequest& request) {
    return std::max<std::int64_t>(request.window.count(), 1);
  }
  static std::int64_t start_of(const Mark& mark, std::int64_t at) {
    return at - ((at % mark.window) + mark.window) % mark.window;
  }

  CounterAnswer failed() {
    statements_.rollback.run();
    return {.store_failed = true};
  }

  std::optional<Micros> sum_at(const Mark& mark, std::int64_t at) {
    std::int64_t out[2] = {0, 0};
    bool found = false;
    if (mark.kind == WindowKind::Sliding) {
      if (!statements_.sum.read(out, 1, found, mark.counter, at - mark.window)) return std::nullopt;
      return out[0];
    }
    if (!statements_.row.read(out, 2, found, mark.counter)) return std::nullopt;
    return found && out[0] == start_of(mark, at) ? out[1] : 0;
  }

  bool add(Mark& mark, std::int64_t at, bool take_back = false) {
    bool found = false;
    const __int128 amount = take_back ? -static_cast<__int128>(mark.amount) : mark.amount;
    if (mark.kind == WindowKind::Sliding) {
      return statements_.forget.run(mark.counter, at - mark.window) &&
             statements_.charge.read(&mark.place, 1, found, mark.counter, at, saturated(amount));
    }
    const std::optional<Micros> sum = sum_at(mark, at);
    mark.place = start_of(mark, at);
    return sum && statements_.put.run(mark.counter, mark.place,
                                      saturated(*sum + amount));
  }

  std::unique_ptr<Database> database_;
  Statements statements_;
  Tickets<Mark> tickets_;
};

}  // namespace

base::Result<std::unique_ptr<CounterStore>> make_sqlite_counters(const std::string& path) {
  auto database = std::make_unique<Database>();
  if (!database->open(path)) {
    return base::Problems{base::problem(path, {}, "cannot be used as a counter store: " + database->trouble())};
  }
  return std::unique_ptr<CounterStore>(std::make_unique<SqliteCounters>(std::move(database)));
}

base::Result<std::unique_ptr<CounterStore>> make_counters(const std::string& name) {
  if (name == "memory") return make_memory_counters();
  if (name.starts_with("sqlite:")) return make_sqlite_counters(name.substr(7));
  if (name.starts_with("redis://")) return make_redis_counters(name);
  if (name.starts_with("redis:")) return make_redis_counters(name.substr(6));
  return base::Problems{base::problem({}, {}, "no such counter store",
                                      "one of `memory`, `sqlite:PATH`, `redis:URL`")};
}

}  // namespace gatecrash::decision
