#include "harness/replay/awaited.h"

#include <algorithm>

#include "harness/base/json.h"
#include "harness/base/text.h"

namespace gatecrash::replay {
namespace {

using rpc::Id;
using rpc::Shape;
using transport::Connection;

// Empty if there is no id.
std::string key_of(Connection connection, const Id& id) {
  if (id.kind == Id::Kind::None) return {};
  std::string key = std::to_string(connection);
  key += id.kind == Id::Kind::String ? " \"" : " ";
  key += id.lexeme;
  return key;
}

bool is_reply(const rpc::Message& message) {
  return message.shape == Shape::Result || message.shape == Shape::Error;
}

}  // namespace

void Awaited::clear() {
  asked_.clear();
  answered_.clear();
  give_up();
}

void Awaited::ask(Connection connection, const Id& id) {
  asked_.push_back(
      {.key = key_of(connection, id), .connection = connection, .well_formed = well_formed_});
  ++awaited_;
  may_bring_ = true;
  expected_ = expected_ || id.kind != Id::Kind::None;
}

void Awaited::sent(Connection connection, std::string_view frame) {
  give_up();
  const rpc::Decoded strict = rpc::decode(frame, rpc::strict_reading(), tree_);
  if (strict) {
    if (strict.message.shape != Shape::Request) return;
    well_formed_ = true;
    method_ = strict.message.method;
    id_ = strict.id.lexeme;
    return ask(connection, strict.id);
  }
  const rpc::Decoded lenient = rpc::decode(frame, rpc::go_reading(), tree_);
  if (lenient.fault != rpc::Fault::Batch || base::read_json(frame, rpc::go_reading().json, tree_)) {
    return ask(connection, lenient.id);
  }
  for (const base::Value element : tree_.root()) {
    if (element.find("id")) ask(connection, rpc::classify(element, rpc::go_reading(), tree_).id);
  }
  // It may be refused as a whole.
  if (!may_bring_) ask(connection, {});
}

void Awaited::give_up() {
  for (Asked& asked : asked_) {
    if (asked.state == State::Awaited) asked.state = State::GivenUp;
  }
  awaited_ = 0;
  may_bring_ = expected_ = well_formed_ = doubtful_ = false;
}

void Awaited::set_free() {
  for (Asked& asked : asked_) {
    if (asked.state == State::GivenUp) asked.state = State::SetFree;
  }
}

Heard Awaited::heard(Connection connection, std::string_view frame) {
  const rpc::Decoded strict = rpc::decode(frame, rpc::strict_reading(), tree_);
  if (strict && !is_reply(strict.message)) return Heard::Message;
  if (strict.fault == rpc::Fault::Batch &&
      !base::read_json(frame, rpc::strict_reading().json, tree_)) {
    return batch(connection);
  }
  const std::string key = key_of(connection, strict.id);
  // A server's own message may be unreadable too.
  if (!strict && !rpc::decode(frame, rpc::go_reading(), tree_).message.method.empty())
    return Heard::Message;
  return reply(connection, key);
}

// The most telling of its replies.
Heard Awaited::batch(Connection connection) {
  Heard heard = Heard::Message;
  for (const base::Value element : tree_.root()) {
    const rpc::Decoded each = rpc::classify(element, rpc::strict_reading(), tree_);
    if (each && !is_reply(each.message)) continue;
    heard = std::max(heard, reply(connection, key_of(connection, each.id)));
  }
  return heard;
}

Heard Awaited::settle(std::vector<Asked>::iterator asked) {
  const State state = asked->state;
  if (!asked->key.empty()) answered_.insert(std::move(asked->key));
  asked_.erase(asked);
  switch (state) {
    case State::Awaited: --awaited_; return Heard::Answer;
    case State::GivenUp: return Heard::Surprise;
    case State::SetFree: break;
  }
  return Heard::Late;
}

Heard Awaited::reply(Connection connection, const std::string& key) {
  if (!key.empty()) {
    // The newest first: an id may have been used before.
    for (auto asked = asked_.end(); asked != asked_.begin();) {
      if ((--asked)->key == key) return settle(asked);
    }
    if (answered_.contains(key)) return Heard::Stray;
  }
  // It may be meant for a frame that could not be read: for this one, or an earlier one.
  const auto unreadable = [&](bool awaited) {
    return std::ranges::find_if(asked_, [&](const Asked& asked) {
      return !asked.well_formed && asked.connection == connection &&
             (asked.state == State::Awaited) == awaited;
    });
  };
  for (const bool awaited : {true, false}) {
    if (const auto asked = unreadable(awaited); asked != asked_.end()) return settle(asked);
  }
  doubtful_ = missing();
  return Heard::Stray;
}

std::string Awaited::request() const {
  return base::quoted(method_) + " with id " + base::quoted(id_);
}

}  // namespace gatecrash::replay
