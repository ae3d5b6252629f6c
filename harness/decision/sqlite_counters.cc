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
constexpr std::uint32_t kForgetEvery = 32;  // reservations between two removals of what has expired
constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    // What is counted at one instant is one row, and a counter's rows lie together.
    "CREATE TABLE IF NOT EXISTS charged(counter TEXT NOT NULL, at INTEGER NOT NULL,"
    " amount INTEGER NOT NULL, PRIMARY KEY(counter, at)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS calendar(counter TEXT PRIMARY KEY, start INTEGER NOT NULL,"
    " sum INTEGER NOT NULL) WITHOUT ROWID;";

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
  // The only row's columns; false on error. `found` tells a row from none. Stepped to the end: a
  // statement outside a transaction commits there, and that can fail.
  template <typename... Values>
  bool read(std::int64_t* out, int columns, bool& found, const Values&... values) {
    int code = step(values...);
    found = code == SQLITE_ROW;
    for (int i = 0; found && i < columns; ++i) out[i] = sqlite3_column_int64(statement_, i);
    if (found) code = sqlite3_step(statement_);
    sqlite3_reset(statement_);
    return code == SQLITE_DONE;
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
    sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()),
                      SQLITE_STATIC);
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
    if (sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        nullptr) != SQLITE_OK) {
      return false;
    }
    sqlite3_busy_timeout(handle_, kBusyMilliseconds);
    // The switch to WAL does not wait for others who make it at the same moment: it answers busy at
    // once.
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
      Mark mark{.counter = name_of(request),
                .kind = request.kind,
                .window = window_of(request),
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
        take_from_current(mark, now.time_since_epoch().count());
      } else if (mark.kind == WindowKind::Sliding) {
        statements_.take_back.run(mark.amount, mark.counter, mark.place);
      } else {
        statements_.reduce.run(mark.amount, mark.counter, mark.place);
      }
    }
    statements_.commit.run();
  }

  std::optional<Micros> value(const CounterRequest& request, base::Instant now) override {
    Mark mark{.counter = name_of(request), .kind = request.kind, .window = window_of(request)};
    return sum_at(mark, now.time_since_epoch().count());
  }

  void reset() override {
    tickets_.clear();
    sqlite3_exec(database_->handle(), "DELETE FROM charged; DELETE FROM calendar;", nullptr,
                 nullptr, nullptr);
  }

 private:
  struct Mark {
    std::string counter;
    WindowKind kind = WindowKind::Sliding;
    std::int64_t window = 0;
    Micros amount = 0;
    std::int64_t place = 0;  // instant of the charge, or start of the calendar window
  };

  struct Statements {
    explicit Statements(sqlite3* database)
        : begin(database, "BEGIN IMMEDIATE"),
          commit(database, "COMMIT"),
          rollback(database, "ROLLBACK"),
          sum(database,
              "SELECT coalesce(sum(amount), 0), coalesce(max(at), ?2) FROM charged"
              " WHERE counter = ?1 AND at > ?2"),
          charge(database,
                 "INSERT INTO charged VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET amount = "
                 "amount + ?3"),
          forget(database, "DELETE FROM charged WHERE counter = ?1 AND at <= ?2"),
          take_back(database,
                    "UPDATE charged SET amount = amount - ?1 WHERE counter = ?2 AND at = ?3"),
          row(database, "SELECT start, sum FROM calendar WHERE counter = ?1"),
          put(database,
              "INSERT INTO calendar VALUES (?1, ?2, ?3)"
              " ON CONFLICT(counter) DO UPDATE SET start = ?2, sum = ?3"),
          reduce(database, "UPDATE calendar SET sum = sum - ?1 WHERE counter = ?2 AND start = ?3") {
    }
    Statement begin, commit, rollback, sum, charge, forget, take_back, row, put, reduce;
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

  void take_from_current(Mark& mark, std::int64_t at) {
    const std::optional<Micros> sum = sum_at(mark, at);
    if (!sum) return;
    const __int128 amount = mark.amount;
    if (mark.kind == WindowKind::Sliding)
      statements_.charge.run(mark.counter, mark.place, saturated(-amount));
    else
      statements_.put.run(mark.counter, mark.place, saturated(*sum - amount));
  }

  // Rows that weigh nothing any more cost only space.
  bool forget_sometimes(const Mark& mark, std::int64_t at) {
    return ++reserved_ % kForgetEvery != 0 ||
           statements_.forget.run(mark.counter, at - mark.window);
  }

  CounterAnswer failed() {
    statements_.rollback.run();
    return {.store_failed = true};
  }

  // Sets the mark's place as well: where a charge made now belongs. A clock behind the last charge
  // would let it expire too early.
  std::optional<Micros> sum_at(Mark& mark, std::int64_t at) {
    std::int64_t out[2] = {0, 0};
    bool found = false;
    if (mark.kind == WindowKind::Sliding) {
      if (!statements_.sum.read(out, 2, found, mark.counter, at - mark.window)) return std::nullopt;
      mark.place = std::max(at, out[1]);
      return out[0];
    }
    mark.place = start_of(mark, at);
    if (!statements_.row.read(out, 2, found, mark.counter)) return std::nullopt;
    return found && out[0] == mark.place ? out[1] : 0;
  }

  // After sum_at. Another charge of this reservation may have changed a calendar sum since.
  bool add(Mark& mark, std::int64_t at) {
    if (mark.kind == WindowKind::Sliding) {
      return forget_sometimes(mark, at) &&
             statements_.charge.run(mark.counter, mark.place, mark.amount);
    }
    const std::optional<Micros> sum = sum_at(mark, at);
    return sum && statements_.put.run(mark.counter, mark.place,
                                      saturated(static_cast<__int128>(*sum) + mark.amount));
  }

  std::unique_ptr<Database> database_;
  Statements statements_;
  Tickets<Mark> tickets_;
  std::uint32_t reserved_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<CounterStore>> make_sqlite_counters(const std::string& path) {
  auto database = std::make_unique<Database>();
  if (!database->open(path)) {
    return base::Problems{
        base::problem(path, {}, "cannot be used as a counter store: " + database->trouble())};
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
