#include "mock_servers/serve.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "harness/base/text.h"
#include "harness/trace/pack.h"
#include "harness/transport/control_socket.h"
#include "harness/transport/line_stream.h"
#include "harness/transport/unix_socket.h"

namespace gatecrash::mock_servers {
namespace {

using base::Unpacker;
using transport::ControlMessage;
using transport::Descriptor;
using transport::LineReader;
using transport::LineWriter;
using transport::Word;

// More than a socket's buffer holds: reading that often leaves nothing that was there before.
constexpr int kSocketChunks = 16;

// One client's bytes. On a socket both directions share a descriptor, which the stream owns.
struct Stream {
  Stream(int in, int out, Connection number, std::size_t max_line)
      : reader(in, max_line), writer(out), connection(number) {
    transport::set_nonblocking(in);
    transport::set_nonblocking(out);
  }
  Descriptor owned;
  LineReader reader;
  LineWriter writer;
  Connection connection;
};

class Serving {
 public:
  Serving(const ServeOptions& options, const base::Clock& clock)
      : options_(options), clock_(clock) {}

  base::Result<void> start();
  void run();

 private:
  base::Instant now() const { return control_ ? virtual_clock_.now() : clock_.now(); }
  // The mock for the order, made once per kind; false: it cannot be made.
  base::Result<void> begin(Order order);
  // At most so many read(2).
  void read(Stream& stream, int chunks);
  void take_frames(Stream& stream);
  void deliver();
  void accept();
  void answer_control();
  void answer(const ControlMessage& message);
  void answer_fence();
  void mark();
  void set_step(std::uint32_t step);
  void set_connection(Unpacker& body);
  void pack_next(base::Packer& out) const;
  // In real time: how long the mock has nothing to do by itself, as poll() wants it.
  int idle_milliseconds() const;
  bool is_over(const Stream& stream) const;
  void set_time(base::Instant at);

  const ServeOptions& options_;
  const base::Clock& clock_;
  base::VirtualClock virtual_clock_;
  std::map<std::string, std::unique_ptr<Mock>, std::less<>> mocks_;
  Mock* mock_ = nullptr;
  scenario::WorldSpec world_;
  std::optional<transport::ControlSocket> control_;
  Descriptor listener_;
  std::vector<std::unique_ptr<Stream>> streams_;
  Connection next_connection_ = 0;
  Frames replies_;
  trace::Trace ledger_;
  std::uint32_t step_ = trace::kSetUp;
  transport::Counts counts_;
  struct Mark {
    transport::Counts counts;
    bool more = false;  // there was something to resume
  };
  std::vector<Mark> marks_;
  std::optional<std::uint64_t> fence_;
  bool mixed_framing_ = false;
  bool done_ = false;
};

base::Result<void> Serving::start() {
  if (!options_.control.empty()) {
    auto control = transport::ControlSocket::connect(options_.control, "mock");
    if (!control) return control.error();
    control_.emplace(std::move(*control));
  }
  if (!options_.order.mock.empty()) {
    if (auto begun = begin(options_.order); !begun) return begun.error();
    for (const Fault& each : options_.faults) mock_->fault(each, ledger_);
  }
  if (!options_.listen.empty()) {
    auto listener = transport::listen_unix(options_.listen);
    if (!listener) return listener.error();
    listener_ = std::move(*listener);
    transport::set_nonblocking(listener_.get());
  } else {
    streams_.push_back(std::make_unique<Stream>(STDIN_FILENO, STDOUT_FILENO, next_connection_++,
                                                options_.max_line));
  }
  return {};
}

base::Result<void> Serving::begin(Order order) {
  std::string key = key_of(order.mock, order.options);
  auto found = mocks_.find(key);
  if (found == mocks_.end()) {
    auto mock = make_mock(order.mock, order.options);
    if (!mock) return mock.error();
    found = mocks_.emplace(std::move(key), std::move(*mock)).first;
  }
  mock_ = found->second.get();
  world_ = std::move(order.world);
  virtual_clock_.set(control_ ? order.start : clock_.now());
  ledger_.clear();
  step_ = trace::kSetUp;
  ledger_.set_step(step_);
  set_time(virtual_clock_.now());
  counts_ = {};
  marks_.clear();
  mock_->reset(world_, virtual_clock_.now());
  // Streams that are open already belong to the new world's first connections.
  for (const auto& each : streams_) mock_->open(each->connection);
  if (streams_.empty() && listener_.get() < 0) mock_->open(0);
  return {};
}

void Serving::set_time(base::Instant at) {
  ledger_.set_time(at);
}

void Serving::run() {
  std::vector<pollfd> polled;
  while (!done_) {
    polled.clear();
    polled.push_back({.fd = control_ ? control_->fd() : -1, .events = POLLIN, .revents = 0});
    polled.push_back({.fd = listener_ ? listener_.get() : -1, .events = POLLIN, .revents = 0});
    for (const auto& each : streams_) {
      polled.push_back({.fd = each->reader.ended() ? -1 : each->reader.descriptor(),
                        .events = POLLIN,
                        .revents = 0});
      polled.push_back({.fd = each->writer.waiting() > 0 ? each->writer.descriptor() : -1,
                        .events = POLLOUT,
                        .revents = 0});
    }
    if (::poll(polled.data(), polled.size(), idle_milliseconds()) < 0 && errno != EINTR) return;
    if (!control_ && mock_ != nullptr) {
      // Work that is due by now is done by now.
      set_time(now());
      mock_->advance(now(), ledger_);
    }
    // What the harness said before it let a frame go is heard before the frame: it may have come
    // since the descriptors were looked at.
    if (control_) answer_control();
    if (polled[1].revents != 0 || fence_) accept();
    // A Reset drops the clients of the run before, and a newcomer is not polled yet: reads do not
    // block. A fence is about everything that was sent before it, polled or not.
    const std::size_t readable = (polled.size() - 2) / 2;
    for (std::size_t i = 0; i < streams_.size() && !done_; ++i) {
      const bool readable_now = i < readable && polled[2 + 2 * i].revents != 0;
      if (fence_ || readable_now) read(*streams_[i], fence_ ? kSocketChunks : 1);
    }
    deliver();
    if (!control_ && options_.on_ledger) {
      options_.on_ledger(ledger_);
      ledger_.clear();
    } else if (!control_) {
      ledger_.clear();
    }
    std::erase_if(streams_, [&](const auto& each) {
      const bool over = is_over(*each);
      if (over && mock_ != nullptr) mock_->close(each->connection);
      return over;
    });
    if (streams_.empty() && !listener_) done_ = true;
  }
}

int Serving::idle_milliseconds() const {
  if (control_ || mock_ == nullptr || mock_->next_due() == base::Instant::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(mock_->next_due() - clock_.now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

bool Serving::is_over(const Stream& stream) const {
  const bool written = stream.writer.waiting() == 0 || stream.writer.broken();
  if (stream.reader.ended()) return written;
  // All clients of a harness share the one chain: there a client that is hung up on just hears
  // nothing.
  if (control_ && !listener_) return false;
  return written && mock_ != nullptr && !mock_->connected(stream.connection);
}

void Serving::accept() {
  if (!listener_) return;
  while (Descriptor peer = transport::accept_unix(listener_)) {
    auto stream =
        std::make_unique<Stream>(peer.get(), peer.get(), next_connection_++, options_.max_line);
    stream->owned = std::move(peer);
    if (mock_ != nullptr) mock_->open(stream->connection);
    streams_.push_back(std::move(stream));
  }
}

void Serving::read(Stream& stream, int chunks) {
  auto filled = LineReader::Filled::Some;
  while (chunks-- > 0 && filled == LineReader::Filled::Some) {
    filled = stream.reader.fill();
    take_frames(stream);
  }
}

void Serving::take_frames(Stream& stream) {
  while (true) {
    // A harness counts lines, and lets the mock put together what spans several.
    const std::size_t wanted =
        control_ || mock_ == nullptr ? 0 : mock_->bytes_wanted(stream.connection);
    std::string_view bytes;
    if (wanted != 0) {
      const auto body = stream.reader.take(wanted);
      if (!body) return;
      bytes = *body;
      mixed_framing_ = true;
    } else {
      const auto frame = stream.reader.next();
      if (!frame) return;
      ++counts_.from_client;
      if (frame->oversize || mock_ == nullptr) continue;
      bytes = frame->line;
    }
    // Replies go out in the framing of the message they answer, before the next may change it.
    if (mixed_framing_) deliver();
    ledger_.set_connection(stream.connection);
    mock_->on_frame(stream.connection, bytes, now(), replies_, ledger_);
  }
}

void Serving::deliver() {
  // Over the one chain of a harness, whose frames come next has to be said first.
  const bool one_by_one = control_ && !listener_;
  while (!one_by_one && mock_ != nullptr && mock_->resumable())
    mock_->resume(now(), replies_, ledger_);
  while (const auto frame = replies_.pop()) {
    for (const auto& each : streams_) {
      if (each->connection != frame->connection) continue;
      // Outside a harness headers are written as they are defined: lines end in CR LF, a body in
      // nothing.
      if (!control_ && mock_ != nullptr && mock_->sends_headers(each->connection)) {
        each->writer.add_bytes(frame->bytes);
        if (!frame->bytes.starts_with('{') && !frame->bytes.starts_with('['))
          each->writer.add_bytes("\r\n");
      } else {
        each->writer.add(frame->bytes);
      }
      ++counts_.to_client;
    }
  }
  for (const auto& each : streams_) {
    if (each->writer.waiting() > 0) each->writer.flush();
  }
  answer_fence();
}

void Serving::answer_control() {
  while (!done_) {
    const auto message = control_->poll();
    if (!message) break;
    answer(*message);
  }
  if (control_->closed()) done_ = true;
}

void Serving::mark() {
  marks_.push_back({counts_, mock_ != nullptr && mock_->resumable().has_value()});
}

void Serving::set_step(std::uint32_t step) {
  step_ = step;
  ledger_.set_step(step);
}

// The frames that follow on the one stream are this connection's.
void Serving::set_connection(Unpacker& body) {
  const Connection connection = body.u32();
  for (int who = 0; who < 3; ++who) body.text();  // principal, grant, tenant: all alike to a mock
  if (!streams_.empty()) streams_.front()->connection = connection;
  if (body.u8() != 0 && mock_ != nullptr && connection != 0) mock_->open(connection);
}

void Serving::answer(const ControlMessage& message) {
  Unpacker body(message.body);
  if (message.word == Word::Post) {
    mark();
    if (body.u8() == static_cast<std::uint8_t>(Word::Step)) return set_step(body.u32());
    return set_connection(body);
  }
  std::string reply;
  base::Packer packer(reply);
  Word word = Word::Done;
  const auto say_next = [&] { pack_next(packer); };
  const auto fail = [&](std::string_view why) {
    word = Word::Failed;
    reply.clear();
    packer.text(why);
  };
  switch (message.word) {
    case Word::Clock:
      virtual_clock_.set(base::Instant{base::Duration{body.i64()}});
      set_time(virtual_clock_.now());
      if (mock_ != nullptr) mock_->advance(virtual_clock_.now(), ledger_);
      deliver();
      say_next();
      break;
    case Word::Step: set_step(body.u32()); break;
    case Word::Connection: set_connection(body); break;
    case Word::Marks:
      mark();
      packer.u32(static_cast<std::uint32_t>(marks_.size()));
      for (const Mark& each : marks_) {
        transport::pack(each.counts, packer);
        packer.u8(each.more ? 1 : 0);
      }
      break;
    case Word::Close:
      if (const Connection connection = body.u32(); mock_ != nullptr) mock_->close(connection);
      break;
    case Word::Fence:
      fence_ = body.u64();
      if (body.good()) return;  // answered once the streams have been read
      fence_.reset();
      break;
    case Word::Reset: {
      if (!streams_.empty() && !listener_) streams_.front()->connection = 0;
      if (listener_) {
        streams_.clear();
        next_connection_ = 0;
      }
      auto order = unpack_order(message.body);
      if (!order) return fail("not an order"), void(control_->send(word, reply));
      if (auto begun = begin(std::move(*order)); !begun) {
        fail(base::to_string(begun.error()));
      } else {
        packer.u64(mock_->digest());
      }
      control_->send(word, reply);
      return;
    }
    case Word::Fault: {
      const auto fault = parse_fault(body.text());
      if (!fault) {
        fail(fault.error().front().message);
      } else if (mock_ != nullptr) {
        mock_->fault(*fault, ledger_);
      }
      if (word == Word::Failed) break;
      deliver();
      say_next();
      break;
    }
    case Word::Resume:
      if (mock_ != nullptr) mock_->resume(now(), replies_, ledger_);
      deliver();
      say_next();
      break;
    case Word::Digest: packer.u64(mock_ != nullptr ? mock_->digest() : 0); break;
    case Word::Take:
      trace::pack(ledger_, reply);
      ledger_.clear();
      break;
    case Word::Quit: done_ = true; break;
    default: fail("a mock knows no such word");
  }
  if (!body.good()) fail("the message is too short");
  control_->send(word, reply);
}

void Serving::answer_fence() {
  // Answers may still wait for the reader, who asks this before reading: their number is said.
  if (!fence_ || counts_.from_client < *fence_) return;
  fence_.reset();
  std::string reply;
  base::Packer packer(reply);
  transport::pack(counts_, packer);
  pack_next(packer);
  control_->send(Word::Done, reply);
}

// Whose frame is to be resumed next.
void Serving::pack_next(base::Packer& out) const {
  const auto next = mock_ != nullptr ? mock_->resumable() : std::nullopt;
  out.u8(next ? 1 : 0).u32(next.value_or(0));
}

}  // namespace

base::Result<void> serve(const ServeOptions& options, const base::Clock& clock) {
  Serving server(options, clock);
  if (auto started = server.start(); !started) return started.error();
  server.run();
  return {};
}

}  // namespace gatecrash::mock_servers
