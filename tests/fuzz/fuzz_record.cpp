// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes, explains and prints any bytes in the ring buffer, as text, JSON and pcapng.
#include "../../user/decode/packet_evidence.hpp"
#include "../../user/decode/decode.hpp"
#include "../../user/decode/mirror.hpp"
#include "../../user/decode/tc.hpp"
#include "../../user/diagnose/diagnose.hpp"
#include "../../user/render/json.hpp"
#include "../../user/render/metrics.hpp"
#include "../../user/render/mirror_json.hpp"
#include "../../user/render/pcapng.hpp"
#include "../../user/render/tc_json.hpp"
#include "../../user/render/text.hpp"

#include <cstdlib>
#include <span>

using namespace xs;

namespace {

// Each block's two lengths agree, and the blocks fill the bytes.
void check_blocks(const std::string& bytes) {
  size_t at = 0;
  while (at + 12 <= bytes.size()) {
    uint32_t size = 0, again = 0;
    std::memcpy(&size, bytes.data() + at + 4, 4);
    if (size < 12 || size % 4 || at + size > bytes.size()) std::abort();
    std::memcpy(&again, bytes.data() + at + size - 4, 4);
    if (again != size) std::abort();
    at += size;
  }
  if (at != bytes.size()) std::abort();
}

void tell(const error_record& e) {
  Event event;
  event.counter = static_cast<uint8_t>(e.key.counter);
  event.n = e.amount;
  event.netns = {e.key.netns, std::string(e.comm, strnlen(e.comm, sizeof(e.comm)))};
  event.packet = decode_packet(e.packet);
  event.evidence = decode_evidence(e.evidence, 0);
  event.process = Process{e.tgid, *event.netns.name};
  event.bytes.assign(reinterpret_cast<const char*>(&e), e.header.cpu % 257);
  event.packet_evidence = decode_packet_evidence(e.packet_evidence);
  event.tc = decode_tc_point(e, 0);
  const Finding finding = diagnose(event);
  line(to_json(event, finding));
  to_text(event, finding, {.color = true});
  Pcapng file;
  check_blocks(Pcapng::header("Linux", "fuzz") + file.packet(event, finding) + file.packet(event, finding));
  Metrics metrics;
  metrics.add(event, finding);
  metrics.text({}, {NetnsCounters{event.netns, 1, {{event.counter, 1, 1}}}});
}

// A record of this type that begins with these bytes.
template <class T> T filled(std::span<const uint8_t> bytes) {
  T out{};
  std::memcpy(&out, bytes.data(), std::min(bytes.size(), sizeof(T)));
  return out;
}

void tell_one(uint8_t kind, std::span<const uint8_t> bytes) {
  switch (kind % 6) {
  case 0:
    line(to_json(decode_change(filled<state_change_record>(bytes), 0)));
    break;
  case 1:
    line(to_json(decode_change(filled<policy_change_record>(bytes), 0)));
    break;
  case 2:
    line(to_json(decode_change(filled<tc_change_record>(bytes), 0)));
    break;
  case 3:
    line(to_json(decode_defaults(filled<defaults_record>(bytes), 0)));
    break;
  default:
    tell(filled<error_record>(bytes));
  }
}

} // namespace

// Once as the ring buffer's bytes, which must have their record's size, and once as a record whatever their number.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Record record = decode({data, size});
  if (const auto* b = std::get_if<bytes_record>(&record))
    if (packet_bytes(*b).size() > SNAP_MAX) std::abort();
  if (size) tell_one(data[0], {data + 1, size - 1});
  return 0;
}
