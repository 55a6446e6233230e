// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds what `xfrm-snap show states|policies --json` says against what the kernel lists, row by row.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <iterator>
#include <string_view>

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "commands.hpp"
#include "netlink.hpp"
#include "netns.hpp"

namespace lab {
namespace {

/// A line for each state or policy: what tells it from others, and some of the rest.
using Rows = std::vector<std::string>;

constexpr size_t kAnswer = 1 << 20;
constexpr size_t kShown = 20; // differing rows

// --- what show says --------------------------------------------------------------------------------------------------

/// Goes forward through one line of JSON, whose order is known.
class Reader {
public:
  explicit Reader(std::string_view line) : line_(line) {}

  /// The next value of this key, up to the following comma or brace, without quotes.
  std::string_view next(std::string_view key) {
    for (;;) {
      at_ = line_.find(key, at_);
      if (at_ == line_.npos) throw std::runtime_error("no " + std::string(key) + " in " + std::string(line_));
      const bool quoted = at_ && line_[at_ - 1] == '"' && line_.substr(at_ + key.size()).starts_with("\":");
      at_ += key.size();
      if (quoted) break;
    }
    at_ += 2;
    std::string_view value = line_.substr(at_, line_.find_first_of(",}]", at_) - at_);
    if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
    return value;
  }

private:
  std::string_view line_;
  size_t at_ = 0;
};

void add_words(Reader& reader, std::string& row, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    row.append(" ").append(key).append(" ").append(reader.next(key));
}

std::string shown_state(std::string_view line) {
  Reader reader(line);
  std::string row = "netns " + std::string(reader.next("inum"));
  add_words(reader, row, {"src", "dst", "proto", "spi", "reqid", "mode", "mark", "if_id", "window"});
  reader.next("soft");
  add_words(reader, row, {"bytes"});
  reader.next("hard");
  add_words(reader, row, {"packets"});
  return row;
}

std::string shown_policy(std::string_view line) {
  Reader reader(line);
  std::string row = "netns " + std::string(reader.next("inum"));
  add_words(reader, row, {"src", "dst", "dir", "action", "priority", "index", "mark", "if_id"});
  if (reader.next("templates") != "[") add_words(reader, row, {"src", "dst", "reqid"});
  return row;
}

// --- what the kernel says --------------------------------------------------------------------------------------------

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
  std::string mark_and_interface() const {
    const auto mark = get<xfrm_mark>(XFRMA_MARK);
    return text(" mark 0x%x/0x%x if_id 0x%x", mark.v, mark.m, get<uint32_t>(XFRMA_IF_ID));
  }

private:
  const uint8_t* data_;
  size_t size_;
};

std::string listed_state(uint64_t inum, const xfrm_usersa_info& state, const Attributes& more) {
  return "netns " + std::to_string(inum) + " src " + address_text(state.family, state.saddr) + " dst " +
         address_text(state.family, state.id.daddr) + " proto " + proto_name(state.id.proto) +
         text(" spi 0x%08x reqid %u", ntohl(state.id.spi), state.reqid) + " mode " +
         named({{XFRM_MODE_TRANSPORT, "transport"}, {XFRM_MODE_TUNNEL, "tunnel"}}, state.mode) +
         more.mark_and_interface() + text(" window %u", state.replay_window) + " bytes " +
         limit(state.lft.soft_byte_limit) + " packets " + limit(state.lft.hard_packet_limit);
}

std::string listed_policy(uint64_t inum, const xfrm_userpolicy_info& policy, const Attributes& more) {
  const xfrm_selector& sel = policy.sel;
  const auto first = more.get<xfrm_user_tmpl>(XFRMA_TMPL);
  std::string row = "netns " + std::to_string(inum) + " src " + address_text(sel.family, sel.saddr) +
                    text("/%u", sel.prefixlen_s) + " dst " + address_text(sel.family, sel.daddr) +
                    text("/%u", sel.prefixlen_d) + " dir " + named({{0, "in"}, {1, "out"}, {2, "fwd"}}, policy.dir) +
                    " action " + named({{0, "allow"}, {1, "block"}}, policy.action) +
                    text(" priority %u index %u", policy.priority, policy.index) + more.mark_and_interface();
  if (first.family)
    row += " src " + address_text(first.family, first.saddr) + " dst " + address_text(first.family, first.id.daddr) +
           text(" reqid %u", first.reqid);
  return row;
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

/// All that show says is read before the kernel lists anything: a running xfrm-snap takes from a list what it lacks.
void mirrored(const Words& words) {
  const Args args(words, "what netns lack");
  const bool policies = args.text("what") == "policies";
  Rows shown, listed;
  for (std::string line; std::getline(std::cin, line);)
    shown.push_back(policies ? shown_policy(line) : shown_state(line));
  for (const std::string& name : netns_names(args)) {
    const uint64_t inum = enter_netns(name);
    if (policies)
      dump<xfrm_userpolicy_info>(XFRM_MSG_GETPOLICY, inum, listed_policy, listed);
    else
      dump<xfrm_usersa_info>(XFRM_MSG_GETSA, inum, listed_state, listed);
  }
  std::ranges::sort(shown);
  std::ranges::sort(listed);
  const uint32_t lack = args.number("lack", 0);
  const size_t wrong = print_missing("in show", shown, listed);
  const size_t missing = lack ? listed.size() - (shown.size() - wrong) : print_missing("in the kernel", listed, shown);
  std::printf("shown %zu listed %zu\n", shown.size(), listed.size());
  if (wrong || missing != lack)
    throw std::runtime_error(std::to_string(wrong) + " of " + args.text("what") + " are in show alone, " +
                             std::to_string(missing) + " in the kernel alone, expected " + std::to_string(lack));
}

} // namespace lab
