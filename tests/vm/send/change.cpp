// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Changes states and policies in ways that ip(8) does not know.
#include <cstring>

#include <linux/netlink.h>

#include "commands.hpp"
#include "netlink.hpp"

namespace lab {
namespace {

uint8_t host_bits(const Address& address) {
  return address.is_v6() ? 128 : 32;
}

/// The policy that protects all of src= to dst= on the way out.
xfrm_userpolicy_id policy_of(const Address& src, const Address& dst) {
  xfrm_userpolicy_id made{};
  made.sel.family = static_cast<uint16_t>(src.family());
  made.sel.saddr = xfrm_address(src);
  made.sel.daddr = xfrm_address(dst);
  made.sel.prefixlen_s = host_bits(src);
  made.sel.prefixlen_d = host_bits(dst);
  made.dir = XFRM_POLICY_OUT;
  return made;
}

} // namespace

void migrate(const Words& words) {
  const Args args(words, "src dst old_src old_dst new_src new_dst reqid mode");
  const Address src = Address::parse(args.text("old_src"));
  xfrm_user_migrate move{};
  move.old_saddr = xfrm_address(src);
  move.old_daddr = xfrm_address(Address::parse(args.text("old_dst")));
  move.new_saddr = xfrm_address(Address::parse(args.text("new_src")));
  move.new_daddr = xfrm_address(Address::parse(args.text("new_dst")));
  move.old_family = move.new_family = static_cast<uint16_t>(src.family());
  move.proto = IPPROTO_ESP;
  move.mode = mode_of(args);
  move.reqid = args.number("reqid", 0);
  const auto policy = policy_of(Address::parse(args.text("src")), Address::parse(args.text("dst")));
  request(Message(XFRM_MSG_MIGRATE, NLM_F_ACK, policy).with(XFRMA_MIGRATE, move), "migrate");
}

void set_replay(const Words& words) {
  const Args args(words, "src dst spi seq oseq");
  const Address dst = Address::parse(args.text("dst"));
  xfrm_aevent_id id{};
  id.sa_id.daddr = xfrm_address(dst);
  id.sa_id.spi = htonl(args.number("spi"));
  id.sa_id.family = static_cast<uint16_t>(dst.family());
  id.sa_id.proto = IPPROTO_ESP;
  id.saddr = xfrm_address(Address::parse(args.text("src")));
  xfrm_replay_state replay{};
  replay.seq = args.number("seq", 0);
  replay.oseq = args.number("oseq", 0);
  request(Message(XFRM_MSG_NEWAE, NLM_F_ACK | NLM_F_REPLACE, id).with(XFRMA_REPLAY_VAL, replay),
          "set the replay state");
}

} // namespace lab
