// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares maps `states` and `policies` of a running xfrm-snap with what the kernel dumps, row by row.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <cerrno>
#include <functional>
#include <iterator>

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/types.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../bpf/mirror.h"

#include "commands.hpp"
#include "netlink.hpp"
#include "netns.hpp"

namespace lab {
namespace {

/// A line for each state or policy: what tells it from others, and some of the rest.
using Rows = std::vector<std::string>;

constexpr size_t kAnswer = 1 << 20;
constexpr size_t kShown = 20; // differing rows

// --- a row as text -------------------------------------------------------------------------------------------------

std::string address_text(int family, const xfrm_address_t& address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, &address, text, sizeof(text));
  return text;
}

template <class... Values> std::string text(const char* format, Values... values) {
  char made[256];
  std::snprintf(made, sizeof(made), format, values...);
  return made;
}

std::string limit(uint64_t value) {
  return value == XFRM_INF ? "null" : std::to_string(value);
}

/// "esp", "tunnel" and so on, or the number.
std::string named(std::initializer_list<std::pair<int, const char*>> names, int value) {
  for (const auto& [number, name] : names)
    if (number == value) return name;
  return std::to_string(value);
}

std::string proto_name(int proto) {
  return named({{IPPROTO_ESP, "esp"}, {IPPROTO_AH, "ah"}, {IPPROTO_COMP, "comp"}}, proto);
}

std::string mark_and_interface(const xfrm_mark& mark, uint32_t if_id) {
  return text(" mark 0x%x/0x%x if_id 0x%x", mark.v, mark.m, if_id);
}

std::string state_text(uint64_t inum, const xfrm_usersa_info& state, const xfrm_mark& mark, uint32_t if_id) {
  return "netns " + std::to_string(inum) + " src " + address_text(state.family, state.saddr) + " dst " +
         address_text(state.family, state.id.daddr) + " proto " + proto_name(state.id.proto) +
         text(" spi 0x%08x reqid %u", ntohl(state.id.spi), state.reqid) + " mode " +
         named({{XFRM_MODE_TRANSPORT, "transport"}, {XFRM_MODE_TUNNEL, "tunnel"}}, state.mode) +
         mark_and_interface(mark, if_id) + text(" window %u", state.replay_window) + " bytes " +
         limit(state.lft.soft_byte_limit) + " packets " + limit(state.lft.hard_packet_limit);
}

/// `first`: its first template; family 0: it has none.
std::string policy_text(uint64_t inum, const xfrm_userpolicy_info& policy, const xfrm_mark& mark, uint32_t if_id,
                        const xfrm_user_tmpl& first) {
  const xfrm_selector& sel = policy.sel;
  std::string row = "netns " + std::to_string(inum) + " src " + address_text(sel.family, sel.saddr) +
                    text("/%u", sel.prefixlen_s) + " dst " + address_text(sel.family, sel.daddr) +
                    text("/%u", sel.prefixlen_d) + " dir " + named({{0, "in"}, {1, "out"}, {2, "fwd"}}, policy.dir) +
                    " action " + named({{0, "allow"}, {1, "block"}}, policy.action) +
                    text(" priority %u index %u", policy.priority, policy.index) + mark_and_interface(mark, if_id);
  if (first.family)
    row += " src " + address_text(first.family, first.saddr) + " dst " + address_text(first.family, first.id.daddr) +
           text(" reqid %u", first.reqid);
  return row;
}

// --- what the mirror says --------------------------------------------------------------------------------------------

int bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

/// Visits the rows of a map that a running xfrm-snap has pinned; nothing may change meanwhile.
template <class Row> void each_row(const std::string& map, const std::function<void(const Row&)>& visit) {
  const std::string path = "/sys/fs/bpf/xfrm-snap/" + map;
  bpf_attr open{};
  open.pathname = reinterpret_cast<uint64_t>(path.c_str());
  const Fd fd(bpf(BPF_OBJ_GET, open));
  if (fd.get() < 0) throw SystemError("open " + path);
  uint64_t key = 0;
  Row row{};
  bpf_attr next{};
  next.map_fd = static_cast<uint32_t>(fd.get());
  next.next_key = reinterpret_cast<uint64_t>(&key);
  while (!bpf(BPF_MAP_GET_NEXT_KEY, next)) {
    next.key = reinterpret_cast<uint64_t>(&key);
    bpf_attr look{};
    look.map_fd = next.map_fd;
    look.key = next.key;
    look.value = reinterpret_cast<uint64_t>(&row);
    if (bpf(BPF_MAP_LOOKUP_ELEM, look)) throw SystemError("read " + path);
    visit(row);
  }
  if (errno != ENOENT) throw SystemError("walk " + path);
}

xfrm_address_t address(const uint8_t (&bytes)[16]) {
  xfrm_address_t out{};
  std::memcpy(&out, bytes, sizeof(out));
  return out;
}

Rows kept_states() {
  Rows rows;
  each_row<state_kept>("states", [&](const state_kept& kept) {
    xfrm_usersa_info state{};
    state.family = kept.family;
    state.saddr = address(kept.saddr);
    state.id = {.daddr = address(kept.daddr), .spi = kept.spi, .proto = kept.proto};
    state.reqid = kept.reqid;
    state.mode = kept.mode;
    state.replay_window = static_cast<uint8_t>(kept.window);
    state.lft.soft_byte_limit = kept.limits.soft_bytes;
    state.lft.hard_packet_limit = kept.limits.hard_packets;
    rows.push_back(state_text(kept.netns, state, {kept.mark, kept.mark_mask}, kept.if_id));
  });
  return rows;
}

Rows kept_policies() {
  Rows rows;
  each_row<policy_kept>("policies", [&](const policy_kept& kept) {
    xfrm_userpolicy_info policy{};
    policy.sel.family = kept.sel.family;
    policy.sel.saddr = address(kept.sel.saddr);
    policy.sel.daddr = address(kept.sel.daddr);
    policy.sel.prefixlen_s = kept.sel.prefixlen_s;
    policy.sel.prefixlen_d = kept.sel.prefixlen_d;
    policy.dir = kept.direction;
    policy.action = kept.action;
    policy.priority = kept.priority;
    policy.index = kept.index;
    xfrm_user_tmpl first{};
    if (kept.templates) {
      first.family = kept.tmpl[0].family;
      first.saddr = address(kept.tmpl[0].saddr);
      first.id.daddr = address(kept.tmpl[0].daddr);
      first.reqid = kept.tmpl[0].reqid;
    }
    rows.push_back(policy_text(kept.netns, policy, {kept.mark, kept.mark_mask}, kept.if_id, first));
  });
  return rows;
}

// --- what the kernel says --------------------------------------------------------------------------------------------

/// The attributes of a message behind its fixed part.
class Attributes {
public:
  Attributes(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  /// A copy of one, zeros if it is not there.
  template <class Value> Value get(uint16_t wanted) const {
    Value value{};
    nlattr header{};
    for (size_t at = 0; at + sizeof(header) <= size_; at += NLA_ALIGN(header.nla_len)) {
      std::memcpy(&header, data_ + at, sizeof(header));
      if (header.nla_len < sizeof(header) || at + header.nla_len > size_) break;
      if (header.nla_type != wanted) continue;
      std::memcpy(&value, data_ + at + sizeof(header), std::min(sizeof(value), header.nla_len - sizeof(header)));
      break;
    }
    return value;
  }

private:
  const uint8_t* data_;
  size_t size_;
};

std::string listed_state(uint64_t inum, const xfrm_usersa_info& state, const Attributes& more) {
  return state_text(inum, state, more.get<xfrm_mark>(XFRMA_MARK), more.get<uint32_t>(XFRMA_IF_ID));
}

std::string listed_policy(uint64_t inum, const xfrm_userpolicy_info& policy, const Attributes& more) {
  return policy_text(inum, policy, more.get<xfrm_mark>(XFRMA_MARK), more.get<uint32_t>(XFRMA_IF_ID),
                     more.get<xfrm_user_tmpl>(XFRMA_TMPL));
}

/// Has the kernel list all of a kind in this netns.
template <class Info>
void dump(uint16_t type, uint64_t inum, std::string (*row_of)(uint64_t, const Info&, const Attributes&), Rows& rows) {
  const Fd socket = open_socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
  const Bytes ask = Message(type, NLM_F_DUMP, Info{}).bytes();
  if (send(socket.get(), ask.data(), ask.size(), 0) < 0) throw SystemError("ask for a list");
  Bytes buffer(kAnswer);
  for (;;) {
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) throw SystemError("read a list");
    nlmsghdr header{};
    for (size_t at = 0; at + sizeof(header) <= static_cast<size_t>(size); at += NLMSG_ALIGN(header.nlmsg_len)) {
      std::memcpy(&header, buffer.data() + at, sizeof(header));
      if (header.nlmsg_type == NLMSG_DONE) return;
      if (header.nlmsg_type == NLMSG_ERROR) throw std::runtime_error("the kernel refuses a list");
      const uint8_t* data = buffer.data() + at + NLMSG_HDRLEN;
      const size_t fixed = NLMSG_ALIGN(sizeof(Info));
      Info info{};
      std::memcpy(&info, data, sizeof(info));
      rows.push_back(row_of(inum, info, Attributes(data + fixed, header.nlmsg_len - NLMSG_HDRLEN - fixed)));
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/// Rows of `of` that are not in `others`, printed as far as they are few. Both are sorted.
size_t print_missing(const char* where, const Rows& of, const Rows& others) {
  Rows only;
  std::ranges::set_difference(of, others, std::back_inserter(only));
  for (size_t i = 0; i < std::min(only.size(), kShown); i++)
    std::printf("only %s: %s\n", where, only[i].c_str());
  return only.size();
}

} // namespace

/// The mirror is read before the kernel lists anything: a running xfrm-snap takes from a list what it lacks.
void mirrored(const Words& words) {
  const Args args(words, "what netns lack");
  const bool policies = args.text("what") == "policies";
  Rows kept = policies ? kept_policies() : kept_states(), listed;
  for (const std::string& name : netns_names(args)) {
    const uint64_t inum = enter_netns(name);
    if (policies)
      dump<xfrm_userpolicy_info>(XFRM_MSG_GETPOLICY, inum, listed_policy, listed);
    else
      dump<xfrm_usersa_info>(XFRM_MSG_GETSA, inum, listed_state, listed);
  }
  std::ranges::sort(kept);
  std::ranges::sort(listed);
  const uint32_t lack = args.number("lack", 0);
  const size_t wrong = print_missing("in the mirror", kept, listed);
  const size_t missing = lack ? listed.size() - (kept.size() - wrong) : print_missing("in the kernel", listed, kept);
  std::printf("kept %zu listed %zu\n", kept.size(), listed.size());
  if (wrong || missing != lack)
    throw std::runtime_error(std::to_string(wrong) + " of " + args.text("what") + " are in the mirror alone, " +
                             std::to_string(missing) + " in the kernel alone, expected " + std::to_string(lack));
}

} // namespace lab
