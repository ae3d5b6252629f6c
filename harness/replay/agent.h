// The scripted agent: takes the steps of a plan in order and records what it sent and got. It has
// no will of its own and no opinion about the answers.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/replay/lane.h"
#include "harness/session/client_session.h"

namespace gatecrash::replay {

class Agent {
 public:
  // As soon as `stop` is not 0 a plan ends before its next step, incomplete. Null: never.
  explicit Agent(const std::atomic<int>* stop = nullptr) : stop_(stop) {}

  // Plays the whole plan on the lane into `run`. Reusable: sessions and buffers are kept warm.
  void play(const scenario::Plan& plan, Lane& lane, trace::Run& run);

 private:
  struct Seat {  // of one principal
    Connection connection = 0;
    bool lost = false;  // the other side has ended it: the next step of the principal opens another
  };

  bool set_up();
  bool take(const scenario::Step& step);
  bool tell(const scenario::Step& step);
  // Makes a call of every line `!call TOOL JSON` of what it read last.
  bool obey(const scenario::Step& step);
  // Calls by name what the last list did not show, if there was one.
  bool probe(const scenario::Step& step);
  void add_text(std::string_view text);
  // Keeps what a model would read of a reply.
  void read_text(const session::Received& received);
  bool list_tools(const scenario::Step& step, Connection connection);
  // The connection of the principal, opened with its handshake on first use, and anew when it is
  // lost.
  bool seat(std::string_view principal, Connection& connection);
  bool open_session(std::string_view principal, Connection& connection);
  // Sends what is in outgoing_, then lets the sessions read what came back.
  bool exchange(Connection connection);
  void read_replies();
  void note_hang_ups();
  // Its requests from now on are this step's, whenever they are answered.
  session::ClientSession& session(Connection connection) {
    sessions_[connection]->set_tag(step_);
    return *sessions_[connection];
  }

  const std::atomic<int>* stop_;
  const scenario::Plan* plan_ = nullptr;
  Lane* lane_ = nullptr;
  trace::Run* run_ = nullptr;
  std::vector<std::unique_ptr<session::ClientSession>> sessions_;  // by connection; kept for reuse
  Connection next_connection_ = 0;
  std::uint32_t step_ = trace::kSetUp;
  std::map<std::string, Seat, std::less<>> seats_;  // the current one of each principal
  std::unordered_map<std::string_view, const scenario::PrincipalSpec*> principals_;  // of the plan
  std::map<Connection, std::string> unended_;  // lines that were begun and not ended
  Frames outgoing_;
  Frames incoming_;
  std::set<std::string, std::less<>> listed_;  // by the last list, in a plan that probes
  bool list_known_ = false;
  bool reads_ = false;  // a step of the plan obeys
  std::string text_;    // what was read in answer to the last step that asked for something
  std::string cursor_;
  bool more_pages_ = false;
};

}  // namespace gatecrash::replay
