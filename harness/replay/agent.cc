#include "harness/replay/agent.h"

#include <algorithm>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/gateway/operator.h"

namespace gatecrash::replay {
namespace {

// A server that keeps handing out cursors would list for ever.
constexpr int kMaxPages = 1000;
// Nor may a server keep the session busy with its own requests.
constexpr int kMaxRounds = 100;

constexpr std::string_view kOrder = "!call ";

// An agent knows its own secrets, and whoever gives it orders need not: `${canary.NAME}` in an
// order.
std::string with_secrets(std::string_view order, const std::vector<scenario::Canary>& canaries) {
  std::string out(order);
  for (const scenario::Canary& each : canaries) {
    const std::string name = "${canary." + each.name + "}";
    std::string quoted;
    base::write_json_string(each.text, quoted);
    for (std::size_t at = 0; (at = out.find(name, at)) != std::string::npos;
         at += quoted.size() - 2) {
      out.replace(at, name.size(), quoted, 1, quoted.size() - 2);
    }
  }
  return out;
}

// The params of a list's next page: as those of its first, but for the cursor.
std::string with_cursor(std::string_view params, std::string_view cursor) {
  base::Tree tree;
  std::string out = "{";
  if (!base::read_json(params, {}, tree)) {
    for (const base::Value member : tree.root()) {
      if (member.key() == "cursor") continue;
      base::write_json_string(member.key(), out);
      out += ':';
      base::write_json(member, out);
      out += ',';
    }
  }
  out += R"("cursor":)";
  base::write_json_string(cursor, out);
  return out += '}';
}

}  // namespace

void Agent::play(const scenario::Plan& plan, Lane& lane, trace::Run& run) {
  plan_ = &plan;
  lane_ = &lane;
  run_ = &run;
  next_connection_ = 0;
  step_ = trace::kSetUp;
  seats_.clear();
  unended_.clear();
  principals_.clear();
  for (const scenario::PrincipalSpec& each : plan.principals) principals_.emplace(each.name, &each);
  outgoing_.clear();
  incoming_.clear();
  reads_ = std::ranges::find(plan.steps, scenario::StepKind::Obey, &scenario::Step::kind) !=
           plan.steps.end();
  text_.clear();
  if (!lane.begin(plan, run)) return;
  bool whole = set_up();
  if (whole && plan.reloaded_from != nullptr && !scenario::reloads_by_step(plan)) {
    whole = lane.reload(incoming_);
    read_replies();
  }
  for (std::uint32_t i = 0; whole && i < plan.steps.size(); ++i) {
    lane.fence(i);
    step_ = i;
    whole = (stop_ == nullptr || *stop_ == 0) && take(plan.steps[i]);
  }
  whole = lane.wind_down(incoming_) && whole;
  read_replies();
  // A run that broke off keeps the evidence it has.
  run.complete = lane.end() && whole;
  if (run.complete) {
    run.agent.mark_end();
  } else {
    if (run.problem.empty()) run.problem = "the run broke off";
    run.agent.add(trace::EventKind::Failed, run.problem);
  }
}

// The anonymous principal is connected before the first step, so that its handshake is nobody's
// step.
bool Agent::set_up() {
  Connection connection = 0;
  return open_session("", connection);
}

bool Agent::take(const scenario::Step& step) {
  using scenario::StepKind;
  switch (step.kind) {
    case StepKind::Advance:
      run_->agent.add(trace::EventKind::Advanced);
      if (!lane_->advance(step.by, incoming_)) return false;
      read_replies();
      return true;
    case StepKind::Fault:
    case StepKind::Operator: {
      const bool told = tell(step);
      read_replies();
      // What came unasked can make a session write.
      return told && (outgoing_.empty() || exchange(0));
    }
    case StepKind::NewSession: {
      Connection connection = 0;
      if (const auto old = seats_.find(step.as); old != seats_.end())
        lane_->close(old->second.connection);
      return open_session(step.as, connection);
    }
    case StepKind::List: {
      Connection connection = 0;
      text_.clear();
      return seat(step.as, connection) && list_tools(step, connection);
    }
    case StepKind::Call: {
      Connection connection = 0;
      if (!seat(step.as, connection)) return false;
      text_.clear();
      session(connection).call(step.tool, step.arguments, outgoing_);
      return exchange(connection);
    }
    case StepKind::Obey: {
      Connection connection = 0;
      return seat(step.as, connection) && obey(step);
    }
    case StepKind::Probe: {
      Connection connection = 0;
      return seat(step.as, connection) && probe(step);
    }
    case StepKind::Raw: {
      Connection connection = 0;
      text_.clear();
      // A line feed ends a frame on every lane, as it does on stdio.
      for (std::string_view rest = step.line;;) {
        const std::size_t end = rest.find('\n');
        if (!seat(step.as, connection)) return false;
        if (end == std::string_view::npos && step.unended) {
          run_->agent.set_connection(connection);
          run_->agent.add(trace::EventKind::Sent);  // no message yet
          unended_[connection] += rest;
          return true;
        }
        const std::string begun = std::exchange(unended_[connection], {});
        session(connection).send_raw(begun + std::string(rest.substr(0, end)), outgoing_);
        if (!exchange(connection)) return false;
        if (end == std::string_view::npos) return true;
        rest.remove_prefix(end + 1);
      }
    }
  }
  GATECRASH_CHECK(false);
}

// Whom the words of a fault or of the operator are for.
bool Agent::tell(const scenario::Step& step) {
  if (step.kind == scenario::StepKind::Operator && step.line == scenario::kReload)
    return lane_->reload(incoming_);
  if (step.kind == scenario::StepKind::Operator || gateway::is_gateway_fault(step.line)) {
    return lane_->operate(step.line, incoming_);
  }
  return lane_->fault(step.line, incoming_);
}

bool Agent::obey(const scenario::Step& step) {
  Connection connection = 0;
  const std::string read = std::exchange(text_, {});
  base::Tree tree;
  std::uint32_t calls = 0;
  for (const std::string_view line : base::split(read, '\n')) {
    if (!line.starts_with(kOrder) || calls == step.most) continue;
    const std::string_view order = line.substr(kOrder.size());
    const std::size_t space = std::min(order.find(' '), order.size());
    const std::string arguments =
        with_secrets(order.substr(std::min(space + 1, order.size())), plan_->canaries);
    // What is no call, no agent can make.
    if (space == 0 || (!arguments.empty() &&
                       (base::read_json(arguments, {}, tree) || !tree.root().is_object()))) {
      continue;
    }
    ++calls;
    if (!seat(step.as, connection)) return false;
    session(connection).call(order.substr(0, space), arguments, outgoing_);
    if (!exchange(connection)) return false;
  }
  return true;
}

bool Agent::probe(const scenario::Step& step) {
  Connection connection = 0;
  if (!list_known_) return true;
  for (const std::string& each : plan_->upstream_tools) {
    if (listed_.contains(each)) continue;
    if (!seat(step.as, connection)) return false;
    session(connection).call(each, "{}", outgoing_);
    if (!exchange(connection)) return false;
  }
  return true;
}

// A text that is JSON is read as what it says: a model does not mind the quotes around a note.
void Agent::add_text(std::string_view text) {
  text_.append(text) += '\n';
  base::Tree inside;
  if (text.empty() || (text.front() != '{' && text.front() != '[') ||
      base::read_json(text, {}, inside)) {
    return;
  }
  const auto add = [&](auto&& self, base::Value value) -> void {
    if (value.is_string()) {
      text_.append(value.text()) += '\n';
    } else if (value.is_object() || value.is_list()) {
      for (const base::Value each : value) self(self, each);
    }
  };
  add(add, inside.root());
}

void Agent::read_text(const session::Received& received) {
  for (const base::Value page : received.pages) {
    for (const base::Value tool : page) text_.append(tool.find("description").text()) += '\n';
  }
  if (received.asked != session::Asked::CallTool && received.asked != session::Asked::Raw) return;
  for (const base::Value item : received.message.result.find("content")) {
    if (item.find("type").text() == "text") add_text(item.find("text").text());
  }
}

bool Agent::list_tools(const scenario::Step& step, Connection connection) {
  session::ClientSession& client = session(connection);
  listed_.clear();
  list_known_ = false;
  client.list_with(step.line, step.arguments, outgoing_);
  for (int page = 0; page < kMaxPages; ++page) {
    more_pages_ = false;
    if (!exchange(connection)) return false;
    if (!more_pages_ || step.most == 1) return true;
    if (step.arguments.empty()) {
      client.list_page(cursor_, outgoing_);
    } else {
      client.list_with({}, with_cursor(step.arguments, cursor_), outgoing_);
    }
  }
  run_->problem = "the tool list does not end after " + std::to_string(kMaxPages) + " pages";
  return false;
}

bool Agent::seat(std::string_view principal, Connection& connection) {
  if (const auto found = seats_.find(principal); found != seats_.end() && !found->second.lost) {
    connection = found->second.connection;
    return true;
  }
  return open_session(principal, connection);
}

bool Agent::open_session(std::string_view principal, Connection& connection) {
  connection = next_connection_++;
  const auto era = mcp::parse_era(plan_->era);
  GATECRASH_CHECK(era.has_value());
  if (connection == sessions_.size()) {
    sessions_.push_back(std::make_unique<session::ClientSession>(connection, *era));
  } else {
    sessions_[connection]->reset(connection, *era);
  }
  seats_.insert_or_assign(std::string(principal), Seat{.connection = connection});
  run_->agent.set_connection(connection);
  run_->agent.add(trace::EventKind::Opened, principal);
  const auto known = principals_.find(principal);
  const bool listed = known != principals_.end();
  lane_->open(connection,
              {.principal = principal,
               .grant = listed ? known->second->grant : plan_->grant,
               .tenant = listed ? std::string_view(known->second->tenant) : std::string_view()});
  session(connection).start(outgoing_);
  // A server that refuses the handshake is an answer too; what follows shows what it is worth.
  return exchange(connection);
}

bool Agent::exchange(Connection connection) {
  if (const auto begun = unended_.find(connection);
      begun != unended_.end() && !begun->second.empty() && !outgoing_.empty()) {
    std::string first = std::exchange(begun->second, {});
    Frames joined;
    while (const auto frame = outgoing_.pop()) {
      joined.push(frame->connection, first.append(frame->bytes));
      first.clear();
    }
    outgoing_ = std::move(joined);
  }
  // A reply can make the session write again: `initialized` after `initialize`, an answer to a
  // ping.
  for (int round = 0; round < kMaxRounds && !outgoing_.empty(); ++round) {
    run_->agent.set_connection(connection);
    run_->agent.add(trace::EventKind::Sent, outgoing_.last());
    const bool delivered = lane_->exchange(outgoing_, incoming_);
    read_replies();
    if (!delivered) return false;
  }
  return true;
}

void Agent::read_replies() {
  while (const auto frame = incoming_.pop()) {
    run_->agent.set_connection(frame->connection);
    if (frame->connection >= sessions_.size()) {
      run_->agent.add(trace::EventKind::Received, frame->bytes).detail =
          static_cast<std::uint8_t>(mcp::ReplyShape::Malformed);
      continue;
    }
    const session::Received received = session(frame->connection).on_frame(frame->bytes, outgoing_);
    if (!plan_->upstream_tools.empty() && received.match == session::Match::Answer &&
        received.asked == session::Asked::ListTools && received.shape == mcp::ReplyShape::Ok) {
      list_known_ = true;
      for (const base::Value tool : received.tools) listed_.emplace(tool.find("name").text());
    }
    if (reads_ && received.match == session::Match::Answer) read_text(received);
    trace::Event& event =
        run_->agent.add(trace::EventKind::Received, frame->bytes, to_string(received.match),
                        received.pages.empty() ? std::string_view() : trace::kShowsList);
    event.detail = static_cast<std::uint8_t>(received.shape);
    // A late reply belongs to the step that asked.
    if (received.match == session::Match::Answer || received.match == session::Match::Duplicate) {
      event.step = received.tag;
    }
    const std::uint32_t step = event.step;
    for (const base::Value page : received.pages) {
      for (const base::Value tool : page)
        run_->agent.add(trace::EventKind::Listed, tool.find("name").text()).step = step;
    }
    if (received.next_cursor) {
      cursor_ = received.next_cursor.text();
      more_pages_ = true;
    }
  }
  note_hang_ups();
}

void Agent::note_hang_ups() {
  for (const HangUp& hang_up : lane_->take_hang_ups()) {
    run_->agent.set_connection(hang_up.connection);
    run_->agent.add(trace::EventKind::HungUp, hang_up.how);
    for (auto& [_, taken] : seats_)
      taken.lost = taken.lost || taken.connection == hang_up.connection;
  }
}

}  // namespace gatecrash::replay
