// The lane of a gateway that is not ours (`--gateway-cmd`). It has no control socket: it sees real
// time, and nothing says when it is done. Each connection is a process of its own, as stdio has it;
// all of them lead to one mock, whose control socket is there as ever.
//
// A step is over when the reply with the id it asked for has come. Where none is due, or it cannot
// be known, the step is over when nothing has moved for a while and no process of the gateway wants
// to run, or as soon as the message has demonstrably gone through: the mock has dealt with it and
// everything the mock answered is here. How long a while is depends on how fast the gateway and the
// machine are at present (tempo.h). `timeless` says that time means nothing to the gateway: it
// never does anything later on its own, and the lane never waits for it to.
//
// A gateway that hangs up in the midst of a run does not end it: the agent connects anew, to a new
// process. Its state is in a folder of the run (run_folder.h).
//
// After the last step the run settles: for that long the gateway is left alone with its clock, so
// that what it does late is seen. Nothing else has to wait for that.
//
// A run is in doubt when its outcome may come from the limits of this lane and not from the
// gateway. It is then to be played again, alone and with longer limits, by a patient lane.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/replay/awaited.h"
#include "harness/replay/process_lane.h"
#include "harness/replay/run_folder.h"
#include "harness/replay/tempo.h"
#include "harness/replay/turns.h"

namespace gatecrash::replay {

enum class Patience : std::uint8_t {
  Usual,  // breaks off at the first reply that is due and does not come
  Long,   // limits and quiet times are kLonger times as long, and a missing reply is a fact
};
inline constexpr int kLonger = 4;

struct ForeignOptions {
  bool timeless = false;
  base::Duration quiet{};   // zero: by the tempo
  base::Duration settle{};  // for what comes late; a timeless gateway does nothing late
  Patience patience = Patience::Usual;
  std::string label = {};       // of the run's folder
  Turns::Turn* turn = nullptr;  // let go while time passes
};

class ForeignLane final : public ProcessLane {
 public:
  ForeignLane(ProcessPool& pool, const GatewayCommand& gateway, const ForeignOptions& options,
              Tempo& tempo, RunFolders& folders);

  // After end(): its outcome may come from the limits of this lane.
  bool in_doubt() const { return in_doubt_ || lost(); }
  // Did this lane break the run off, for want of a reply?
  bool broke_off() const { return broke_off_; }
  // Did the gateway end by itself, and not with success, before it had answered or forwarded
  // anything? `problem` of the run has its words.
  bool refused() const { return refused_; }
  // Replies that were due and did not come in time.
  std::uint64_t in_vain() const { return in_vain_; }
  // Other waits that ended because nothing moved for a while.
  std::uint64_t silences() const { return silences_; }

  bool begin(const scenario::Plan& plan, trace::Run& run) override;
  void fence(std::uint32_t step) override;
  void open(Connection connection, const Identity& identity) override;
  void close(Connection connection) override;
  bool exchange(Frames& from_agent, Frames& to_agent) override;
  bool advance(base::Duration by, Frames& to_agent) override;
  bool reload(Frames& to_agent) override;
  bool operate(std::string_view words, Frames& to_agent) override;
  bool fault(std::string_view words, Frames& to_agent) override;
  bool wind_down(Frames& to_agent) override;
  bool end() override;
  std::vector<HangUp> take_hang_ups() override;

 private:
  struct Client {
    std::unique_ptr<ProcessHead> head;
    SteadyClock::time_point since;  // started, or the last request was sent
    bool answered = false;          // has ever replied
    bool over = false;              // has closed its output, or takes no more input
  };
  // Where mock and clients stood before something was set going.
  struct Mark {
    transport::Counts mock;
    std::uint64_t received = 0;
  };
  // A wait for what was set going.
  struct Wait {
    Mark before;
    Client* client = nullptr;             // null: no frame went out
    SteadyClock::time_point still_since;  // nothing has moved
    transport::Counts mock;               // at the last look
  };
  enum class Until : std::uint8_t { GoneThrough, Quiet };
  enum class Still : std::uint8_t { Yes, No, Failed };

  bool fail(std::string why) override;
  bool last_frames() override;
  void drop(Client& client);
  // Waits until the process has ended and nothing of its group wants to run: for `idle` at the most
  // while nothing does. Reads its last words.
  void let_end(Client& client, base::Duration idle);
  bool hung_up(Connection connection, Client& client);
  // What the gateway said last, in words to be added to a problem.
  std::string said();
  // The step needs time to pass, and nothing of the run needs the processor meanwhile.
  bool let_pass(SteadyClock::time_point end, Frames& to_agent);
  bool deliver(Connection connection, Client& client, Frames& to_agent);
  std::optional<Mark> mark();
  bool settle(const Mark& before, Client* client, Until until, Frames& to_agent);
  // Has everything gone through, as the counts tell?
  bool gone_through(const Wait& wait) const;
  // Has the mock dealt with the frame and left it unanswered?
  bool held_back(const Wait& wait) const;
  // The look around before a wait ends by a time limit. `last`: it ends, whatever moves.
  Still look_around(Wait& wait, bool last, Frames& to_agent);
  bool give_up(const Wait& wait);
  // Reads what is there from all clients; waits for the first byte until `end` at the most.
  bool read(SteadyClock::time_point end, Frames& to_agent, Client* writing = nullptr);
  void take_frames(Connection connection, Client& client, Frames& to_agent);
  void note_reply(Client& client, Heard heard);
  std::optional<transport::Counts> mock_counts();
  bool wants_to_run();
  std::chrono::nanoseconds quiet() const;
  base::Duration limit(const Client* client) const;
  base::Duration longest(const Client* client) const;

  const ForeignOptions options_;
  Tempo& tempo_;
  RunFolders& folders_;
  std::unique_ptr<RunFolder> folder_;  // outlives the clients
  std::map<Connection, Client> clients_;
  std::vector<HangUp> hang_ups_;  // not yet taken
  int unanswered_ = 0;            // processes in a row that hung up before they had answered
  std::string last_words_;        // of clients that have gone
  base::Duration period_{};       // of the edge that the plan starts at, if it does (real_time.h)
  base::Instant start_{};         // the plan's
  base::Instant real_start_{};    // what the real time is to be at the plan's start; with an edge
  bool contact_due_ = false;      // a call of the plan has to reach the mock
  bool refused_ = false;
  Awaited awaited_;
  std::uint64_t received_ = 0;                // frames from all clients
  std::optional<transport::Counts> gave_up_;  // the mock's, when the last wait ended in silence
  bool faulty_ = false;                       // the mock has been told a fault
  bool broke_off_ = false;
  std::uint64_t in_vain_ = 0;
  std::uint64_t silences_ = 0;
  bool in_doubt_ = false;
};

}  // namespace gatecrash::replay
