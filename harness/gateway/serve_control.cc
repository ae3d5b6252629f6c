// What the harness says over its control socket: time, steps, connections, fences, policies,
// evidence.
#include "harness/gateway/server.h"
#include "harness/gateway/words.h"
#include "harness/trace/pack.h"

namespace gatecrash::gateway {

using base::Unpacker;
using transport::ControlMessage;
using transport::Word;

namespace {

PolicyInput unpack_policy(Unpacker& in) {
  PolicyInput policy;
  policy.path = in.text();
  policy.text = in.text();
  policy.dialect = static_cast<policy::Dialect>(in.u8());
  policy.lenient_if_refused = in.u8() != 0;
  policy.list_tool = in.text();
  policy.list_argument = in.text();
  return policy;
}

}  // namespace

void pack(const PolicyInput& policy, base::Packer& out) {
  out.text(policy.path).text(policy.text).u8(static_cast<std::uint8_t>(policy.dialect));
  out.u8(policy.lenient_if_refused ? 1 : 0).text(policy.list_tool).text(policy.list_argument);
}

void Server::answer_control() {
  while (!result_) {
    const auto message = control_->poll();
    if (!message) break;
    answer(*message);
  }
  if (control_->closed()) finish(Served::ControlLost);
}

void Server::answer(const ControlMessage& message) {
  Unpacker body(message.body);
  if (message.word == Word::Post) {
    marks_.push_back(counts_);
    if (body.u8() == static_cast<std::uint8_t>(Word::Step)) return set_step(body.u32());
    return set_connection(body);
  }
  std::string reply;
  base::Packer packer(reply);
  Word word = Word::Done;
  switch (message.word) {
    case Word::Clock: {
      virtual_clock_.set(base::Instant{base::Duration{body.i64()}});
      log_.set_time(virtual_clock_.now());
      break;
    }
    case Word::Step: set_step(body.u32()); break;
    case Word::Connection: set_connection(body); break;
    case Word::Marks:
      marks_.push_back(counts_);
      packer.u32(static_cast<std::uint32_t>(marks_.size()));
      for (const transport::Counts& each : marks_) transport::pack(each, packer);
      break;
    case Word::Close: gateway_.close(body.u32()); break;
    case Word::Fence:
      fence_ = Fence{body.u64(), body.u64()};
      if (body.good()) return;  // answered when it is reached
      fence_.reset();
      break;
    case Word::Reset:
      gateway_.reset();
      counts_ = {};
      marks_.clear();
      connection_ = 0;
      step_ = trace::kSetUp;
      forget();
      break;
    case Word::Restart:
    case Word::Reload: {
      const PolicyInput policy = unpack_policy(body);
      if (!body.good()) break;
      const Replaced replaced = message.word == Word::Restart
                                    ? gateway_.restart(policy)
                                    : gateway_.reload(policy, now(), to_client_, log_);
      // A reload that was refused is an event of the trace.
      if (replaced.done || message.word == Word::Reload) break;
      word = Word::Failed;
      packer.text(words(replaced.problems));
      break;
    }
    case Word::Operate: {
      const auto action = parse_operator(body.text());
      if (action) {
        gateway_.operate(*action, now(), to_client_);
        break;
      }
      word = Word::Failed;
      packer.text(words(action.error()));
      break;
    }
    case Word::Take:
      trace::pack(log_, reply);
      forget();
      break;
    case Word::Quit: finish(Served::ControlLost); break;
    default: word = Word::Failed; packer.text("a gateway knows no such word");
  }
  if (!body.good()) {
    word = Word::Failed;
    reply.clear();
    packer.text("the message is too short");
  }
  control_->send(word, reply);
}

void Server::set_step(std::uint32_t step) {
  step_ = step;
  log_.set_step(step);
}

void Server::set_connection(Unpacker& body) {
  connection_ = body.u32();
  const std::string principal(body.text());
  const std::string grant(body.text());
  const std::string tenant(body.text());
  if (body.u8() != 0) gateway_.open(connection_, {principal, grant, tenant});
  log_.set_connection(connection_);
}

// The trace begins anew where it is.
void Server::forget() {
  log_.clear();
  log_.set_step(step_);
  log_.set_connection(connection_);
  log_.set_time(virtual_clock_.now());
}

void Server::answer_fence() {
  if (!fence_ || counts_.from_client < fence_->from_client ||
      counts_.from_upstream < fence_->from_upstream) {
    return;  // frames may still wait for their readers, who ask this before reading: their number
             // is said
  }
  fence_.reset();
  std::string reply;
  base::Packer packer(reply);
  transport::pack(counts_, packer);
  control_->send(Word::Done, reply);
}

}  // namespace gatecrash::gateway
