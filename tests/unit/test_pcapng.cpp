// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The bytes of a pcapng file, block by block.
#include "../../user/render/pcapng.hpp"

#include "../../user/decode/decode.hpp"
#include "records.hpp"

#include <doctest/doctest.h>

using namespace xs;

namespace {

const Finding kFinding{"sa-unknown", "No SA.", "Ask.", {}};

template <class T> T at(const std::string& bytes, size_t offset) {
  T out{};
  REQUIRE(offset + sizeof(T) <= bytes.size());
  std::memcpy(&out, bytes.data() + offset, sizeof(T));
  return out;
}

Event esp_event() {
  Event e;
  e.real_ns = 0x1234567890abcdef;
  e.counter = XfrmInNoStates;
  e.n = 1;
  e.netns = {7, "b"};
  e.site = SiteRef{"xfrm_input", 0x833, ""};
  e.packet = PacketInfo{};
  e.packet->ifname = "vb";
  e.packet->len = 120;
  e.bytes = "Eabcd";
  return e;
}

// The type of each block; each is as long at its end as at its beginning.
std::vector<uint32_t> types(const std::string& bytes) {
  std::vector<uint32_t> out;
  for (size_t i = 0; i < bytes.size();) {
    const auto size = at<uint32_t>(bytes, i + 4);
    REQUIRE(size % 4 == 0);
    REQUIRE(at<uint32_t>(bytes, i + size - 4) == size);
    out.push_back(at<uint32_t>(bytes, i));
    i += size;
  }
  return out;
}

} // namespace

TEST_CASE("the file begins with a section in the machine's byte order") {
  const std::string head = Pcapng::header("Linux 6.12", "xfrm-snap");
  CHECK(types(head) == std::vector<uint32_t>{0x0a0d0d0a});
  CHECK(at<uint32_t>(head, 8) == 0x1a2b3c4d);
  CHECK(at<uint16_t>(head, 12) == 1);
  CHECK(head.find("Linux 6.12") != head.npos);
}

TEST_CASE("each netns and device has one interface, told before its first packet") {
  Pcapng file;
  Event e = esp_event();
  CHECK(types(file.packet(e, kFinding)) == std::vector<uint32_t>{1, 6});
  CHECK(types(file.packet(e, kFinding)) == std::vector<uint32_t>{6});
  e.packet->ifname = "vc";
  CHECK(types(file.packet(e, kFinding)) == std::vector<uint32_t>{1, 6});
  e.netns.name = "c";
  const std::string third = file.packet(e, kFinding);
  CHECK(types(third) == std::vector<uint32_t>{1, 6});
  CHECK(at<uint32_t>(third, at<uint32_t>(third, 4) + 8) == 2);
  CHECK(third.find("c:vc") != third.npos);
  CHECK(file.interfaces() == 3);
}

TEST_CASE("a packet has its time, its bytes, its own length and its comment") {
  Pcapng file;
  const Event e = esp_event();
  file.packet(e, kFinding);
  const std::string block = file.packet(e, kFinding);
  CHECK(at<uint32_t>(block, 8) == 0);
  CHECK(at<uint32_t>(block, 12) == 0x12345678);
  CHECK(at<uint32_t>(block, 16) == 0x90abcdef);
  CHECK(at<uint32_t>(block, 20) == 5);
  CHECK(at<uint32_t>(block, 24) == 120);
  CHECK(block.substr(28, 8) == std::string("Eabcd\0\0\0", 8));
  CHECK(block.find("XfrmInNoStates  sa-unknown\n    netns    b\n    site     xfrm_input+0x833\n    why      No SA.\n"
                   "    advice   Ask.") != block.npos);
}

TEST_CASE("an event without bytes is no packet, and makes no interface") {
  Pcapng file;
  Event e = esp_event();
  e.bytes.clear();
  CHECK(file.packet(e, kFinding).empty());
  e = esp_event();
  e.packet.reset();
  CHECK(file.packet(e, kFinding).empty());
  CHECK(file.interfaces() == 0);
}

TEST_CASE("a comment is never longer than its length can say, nor cut within a character") {
  Event e = esp_event();
  std::string name;
  for (int i = 0; i < 40000; i++)
    name += "\xc3\xa4";
  e.netns.name = name;
  const std::string comment = packet_comment(e, kFinding);
  CHECK(comment.size() <= 16000);
  CHECK(comment.size() >= 15990);
  CHECK(static_cast<uint8_t>(comment.back()) == 0xa4);
}

TEST_CASE("bytes of a packet come as one record; one that is cut off, or claims too many, is none") {
  bytes_record r{};
  r.header.kind = RECORD_BYTES;
  r.size = 3;
  std::memcpy(r.bytes, "abc", 3);
  const auto sent = test::bytes_of(r);
  constexpr size_t kHead = offsetof(bytes_record, bytes);
  const Record whole = decode(sent.first(kHead + 3));
  REQUIRE(std::holds_alternative<bytes_record>(whole));
  CHECK(packet_bytes(std::get<bytes_record>(whole)) == "abc");
  CHECK(std::holds_alternative<std::monostate>(decode(sent.first(kHead + 2))));
  r.size = SNAP_MAX + 1;
  CHECK(std::holds_alternative<std::monostate>(decode(sent)));
}
