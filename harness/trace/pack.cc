#include "harness/trace/pack.h"

#include "harness/base/pack.h"

namespace gatecrash::trace {

void pack(const Trace& trace, std::string& out) {
  base::Packer packer(out);
  packer.u32(static_cast<std::uint32_t>(trace.events().size()));
  for (const Event& each : trace.events()) {
    packer.u8(static_cast<std::uint8_t>(each.kind)).u8(each.detail);
    packer.u32(each.step)
        .u32(each.connection)
        .u32(each.number)
        .i64(each.at.time_since_epoch().count());
    packer.text(trace.view(each.text)).text(trace.view(each.more)).text(trace.view(each.extra));
    packer.u32(each.place.line).u32(each.place.column).u64(each.call);
  }
  packer.u64(trace.ended().digest);
}

bool unpack(std::string_view bytes, Trace& trace) {
  base::Unpacker unpacker(bytes);
  const std::uint32_t count = unpacker.u32();
  for (std::uint32_t i = 0; i < count && unpacker.good(); ++i) {
    const std::uint8_t kind = unpacker.u8();
    const std::uint8_t detail = unpacker.u8();
    const std::uint32_t step = unpacker.u32();
    const std::uint32_t connection = unpacker.u32();
    const std::uint32_t number = unpacker.u32();
    const base::Instant at{base::Duration{unpacker.i64()}};
    const std::string_view text = unpacker.text();
    const std::string_view more = unpacker.text();
    const std::string_view extra = unpacker.text();
    const base::SourcePos place{unpacker.u32(), unpacker.u32()};
    const std::uint64_t call = unpacker.u64();
    if (!unpacker.good() || kind > static_cast<std::uint8_t>(EventKind::Failed)) return false;
    Event& event = trace.add(static_cast<EventKind>(kind), text, more, extra);
    event.detail = detail;
    event.step = step;
    event.connection = connection;
    event.number = number;
    event.at = at;
    event.place = place;
    event.call = call;
  }
  trace.set_end(EndMark{.events = count, .digest = unpacker.u64()});
  return unpacker.good() && unpacker.rest().empty();
}

}  // namespace gatecrash::trace
