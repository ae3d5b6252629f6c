#include "mock_servers/header_frames.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "harness/base/text.h"

namespace gatecrash::mock_servers {
namespace {

constexpr std::string_view kLength = "content-length:";
constexpr std::size_t kMostBytes = 16u << 20;

// The length that a header line states; nothing if it is none, or no length.
std::optional<std::size_t> length_in(std::string_view line) {
  if (line.size() <= kLength.size()) return std::nullopt;
  for (std::size_t i = 0; i < kLength.size(); ++i) {
    const char c = line[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kLength[i])
      return std::nullopt;
  }
  line.remove_prefix(kLength.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), length);
  if (error != std::errc{} || end != line.data() + line.size()) return std::nullopt;
  return length == 0 || length > kMostBytes ? std::nullopt : std::optional(length);
}

}  // namespace

HeaderFrames::Client& HeaderFrames::client(Connection connection) {
  if (connection >= clients_.size()) clients_.resize(connection + 1);
  return clients_[connection];
}

void HeaderFrames::reset(const scenario::WorldSpec& world, base::Instant now) {
  clients_.clear();
  any_framed_ = false;
  inner_->reset(world, now);
}

void HeaderFrames::open(Connection connection) {
  client(connection) = {};
  inner_->open(connection);
}

std::size_t HeaderFrames::bytes_wanted(Connection connection) const {
  if (connection >= clients_.size() || clients_[connection].in_headers) return 0;
  return clients_[connection].length - clients_[connection].body.size();
}

bool HeaderFrames::sends_headers(Connection connection) const {
  return connection < clients_.size() && clients_[connection].framed;
}

void HeaderFrames::on_frame(Connection connection, std::string_view frame, base::Instant now,
                            Frames& replies, trace::Trace& ledger) {
  Client& from = client(connection);
  if (!inner_->connected(connection) || !take(from, connection, frame, now, replies, ledger)) {
    from.framed = false;
    pass(connection, frame, now, replies, ledger);
  }
}

bool HeaderFrames::take(Client& from, Connection connection, std::string_view line,
                        base::Instant now, Frames& replies, trace::Trace& ledger) {
  const auto record = [&] {
    ledger.set_connection(connection);
    ledger.add(trace::EventKind::Arrived, line);
  };
  const bool blank = line.empty() || line == "\r";
  if (from.in_headers) {
    record();
    if (blank) from.in_headers = false;
    // Of two lengths the last counts; whatever else the headers say does not.
    if (const auto length = length_in(line)) from.length = *length;
    return true;
  }
  if (from.length == 0) {
    if (blank && std::exchange(from.after_body, false)) return true;
    from.after_body = false;
    const auto length = length_in(line);
    if (!length) return false;
    record();
    from.length = *length;
    from.in_headers = true;
    return true;
  }
  from.body += line;
  if (from.body.size() < from.length) {
    record();
    from.body += '\n';
    if (from.body.size() < from.length) return true;
  }
  std::string body = std::move(from.body);
  const std::string rest = body.substr(from.length);
  body.resize(from.length);
  from.body.clear();
  from.length = 0;
  from.framed = from.after_body = any_framed_ = true;
  pass(connection, body, now, replies, ledger);
  if (!rest.empty()) on_frame(connection, rest, now, replies, ledger);
  return true;
}

void HeaderFrames::pass(Connection connection, std::string_view frame, base::Instant now,
                        Frames& replies, trace::Trace& ledger) {
  if (!any_framed_) return inner_->on_frame(connection, frame, now, replies, ledger);
  inner_->on_frame(connection, frame, now, unframed_, ledger);
  send(replies);
}

void HeaderFrames::resume(base::Instant now, Frames& replies, trace::Trace& ledger) {
  inner_->resume(now, unframed_, ledger);
  send(replies);
}

void HeaderFrames::send(Frames& replies) {
  while (const auto frame = unframed_.pop()) {
    if (sends_headers(frame->connection)) {
      replies.push(frame->connection, "Content-Length: " + std::to_string(frame->bytes.size()));
      replies.push(frame->connection, "");
    }
    replies.push(frame->connection, frame->bytes);
  }
}

}  // namespace gatecrash::mock_servers
