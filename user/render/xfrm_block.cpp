// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints states and policies in the lines of ip-xfrm. Each function prints one attribute as whole lines, in the order
// of iproute2; -s is its option for statistics.
#include "xfrm_block.hpp"
#include "actor_words.hpp"
#include "json.hpp"
#include "layout.hpp"
#include "xfrm_words.hpp"
#include "../model/joined.hpp"

#include <ctime>
#include <fmt/format.h>

namespace xs {
namespace {

// "src 10.0.0.1 dst 10.0.0.2" and the line below. -s prints numbers in two ways, and also an SPI of 0.
template <class T> std::string id_lines(const T& x, bool with_spi, const char* indent, const BlockStyle& style) {
  std::string out = fmt::format("{}\n{}proto {} ", ends_words(x.src, x.dst), indent, x.proto);
  if (style.statistics)
    return out +
           fmt::format("spi {}({}) reqid {}(0x{:08x}) mode {}\n", hex_spi(x.spi), x.spi, x.reqid, x.reqid, x.mode);
  if (x.spi || with_spi) out += fmt::format("spi {} ", hex_spi(x.spi));
  return out + fmt::format("reqid {} mode {}\n", x.reqid, x.mode);
}

// "flag noecn esn"
std::string flags_words(const std::vector<std::string>& names, uint8_t flags, bool statistics) {
  return flags || statistics ? fmt::format("flag {}", joined(names, " ")) : "";
}

std::string replay_line(const State& s, bool statistics) {
  std::string out = "\t";
  if (s.plain_window) out += fmt::format("replay-window {} ", *s.plain_window);
  if (statistics && s.acquire_seq) out += fmt::format("seq 0x{:08} ", *s.acquire_seq); // decimal, as in iproute2
  out += flags_words(s.flag_names, s.flags, statistics);
  if (statistics && s.extra_flags)
    out += fmt::format("{}extra_flag {}", s.flags ? " " : "", joined(s.extra_names, " "));
  if (statistics) out += fmt::format(" (0x{:08b})", s.flags);
  return out + "\n";
}

std::string mark_line(const Mark& mark, const std::optional<Mark>& output) {
  if (mark.unset() && !output) return {};
  std::string out = "\t";
  if (!mark.unset()) out += fmt::format("mark {} ", mark_words(mark));
  if (output) out += fmt::format("output-mark 0x{:x}/0x{:x}", output->value, output->mask);
  return out + "\n";
}

std::string algorithm_line(const std::optional<Algorithm>& a, bool statistics) {
  if (!a) return {};
  std::string out = fmt::format("\t{} {} <<Keys hidden>>", a->kind, printable(a->name));
  if (statistics && a->key_bits) out += fmt::format(" ({} bits)", a->key_bits);
  if (a->kind == "aead" || a->kind == "auth-trunc") out += fmt::format(" {}", a->icv_bits);
  return out + "\n";
}

std::string encap_line(const std::optional<Encap>& e) {
  if (!e) return {};
  return fmt::format("\tencap type {} sport {} dport {} addr {}\n", e->type, e->sport, e->dport,
                     e->addr.value_or("???"));
}

std::string moment(std::optional<uint64_t> seconds, bool utc) {
  if (!seconds) return "-";
  const auto time = static_cast<time_t>(*seconds);
  tm parts{};
  if (!(utc ? gmtime_r(&time, &parts) : localtime_r(&time, &parts))) return "invalid-time";
  char text[64];
  return {text, strftime(text, sizeof(text), "%F %T", &parts)};
}

std::string bitmap_lines(const std::vector<uint32_t>& bitmap) {
  constexpr size_t kPerLine = 8;
  std::string out;
  for (size_t i = 0; i < bitmap.size(); i++) // the highest word first
    out += fmt::format("{}{:08x} ", i % kPerLine ? "" : "\n\t ", bitmap[bitmap.size() - 1 - i]);
  return out;
}

std::string esn_lines(const State& s) {
  const StateLive& l = *s.live;
  return fmt::format("\tanti-replay esn context:\n\t seq-hi 0x{:x}, seq 0x{:x}, oseq-hi 0x{:x}, oseq 0x{:x}\n"
                     "\t replay_window {}, bitmap-length {}{}\n",
                     l.seq_hi.value_or(0), l.seq, l.oseq_hi.value_or(0), l.oseq, s.window, s.bitmap_words,
                     l.bitmap ? bitmap_lines(*l.bitmap) : "");
}

std::string sequence_lines(const State& s) {
  if (!s.live) return {};
  if (s.esn) return esn_lines(s);
  const StateLive& l = *s.live;
  const std::string bitmap = l.bitmap && !l.bitmap->empty() ? fmt::format(", bitmap 0x{:08x}", l.bitmap->front()) : "";
  return fmt::format("\tanti-replay context: seq 0x{:x}, oseq 0x{:x}{}\n", l.seq, l.oseq, bitmap);
}

// No direction is printed for a policy.
std::string offload_line(const std::optional<Offload>& o, bool dir) {
  if (!o) return {};
  return fmt::format("\tcrypto offload parameters: dev {} {}mode {}\n", device_text(o->dev),
                     dir ? fmt::format("dir {} ", o->dir) : "", o->mode);
}

std::string limit(std::optional<uint64_t> value) {
  return value ? fmt::format("{}", *value) : "(INF)";
}

std::string limits_lines(const Limits& l) {
  return fmt::format("\tlifetime config:\n\t  limit: soft {}(bytes), hard {}(bytes)\n"
                     "\t  limit: soft {}(packets), hard {}(packets)\n"
                     "\t  expire add: soft {}(sec), hard {}(sec)\n\t  expire use: soft {}(sec), hard {}(sec)\n",
                     limit(l.soft_bytes), limit(l.hard_bytes), limit(l.soft_packets), limit(l.hard_packets),
                     l.soft_add_s.value_or(0), l.hard_add_s.value_or(0), l.soft_use_s.value_or(0),
                     l.hard_use_s.value_or(0));
}

std::string used_lines(const Used& u, bool utc) {
  return fmt::format("\tlifetime current:\n\t  {}(bytes), {}(packets)\n\t  add {} use {}\n", u.bytes, u.packets,
                     moment(u.added_s, utc), moment(u.used_s, utc));
}

std::string selector_line(const Selector& sel, bool statistics) {
  return fmt::format("{} {}\n", joined(selector_words(sel), " "), statistics ? fmt::format("uid {}", sel.uid) : "");
}

std::string statistics_lines(const State& s, const BlockStyle& style) {
  if (!style.statistics) return {};
  std::string out = limits_lines(s.limits);
  if (!s.live) return out;
  const StateLive& l = *s.live;
  return out + used_lines(l.used, style.utc) +
         fmt::format("\tstats:\n\t  replay-window {} replay {} failed {}\n", l.late, l.replayed, l.integrity_failed);
}

std::string template_lines(const Template& t, const BlockStyle& style) {
  std::string out = "\ttmpl " + id_lines(t, false, "\t\t", style);
  if (!style.statistics && !t.optional) return out;
  const std::string level = t.optional > 1 ? std::to_string(t.optional) : t.optional ? "use" : "required";
  out += fmt::format("\t\tlevel {} {}\n", level, style.statistics ? fmt::format("share {} ", t.share) : "");
  if (style.statistics)
    out += fmt::format("\t\tenc-mask {:08x} auth-mask {:08x} comp-mask {:08x}\n", t.enc_mask, t.auth_mask, t.comp_mask);
  return out;
}

std::string policy_line(const Policy& p, bool statistics) {
  std::string out = fmt::format("\t{} {} ", p.socket ? "socket" : "dir", p.dir);
  if (statistics || p.action != "allow") out += fmt::format("action {} ", p.action);
  if (statistics) out += fmt::format("index {} ", p.index);
  out += fmt::format("priority {} ptype {} ", p.priority, p.type);
  if (statistics) out += "share any "; // the kernel has no other value
  out += flags_words(p.flag_names, p.flags, statistics);
  if (statistics) out += fmt::format(" (0x{:08b})", p.flags);
  return out + "\n";
}

std::string number_line(const char* name, uint32_t number) {
  return number ? fmt::format("\t{} {}\n", name, number) : "";
}

std::string if_id_line(uint32_t if_id) {
  return if_id ? fmt::format("\tif_id {}\n", hex_words(if_id)) : "";
}

} // namespace

std::string state_block(const State& s, const BlockStyle& style) {
  std::string out = id_lines(s, has_spi(s.proto), "\t", style) + replay_line(s, style.statistics);
  out += mark_line(s.mark, s.output_mark);
  out += algorithm_line(s.auth, style.statistics) + algorithm_line(s.crypto, style.statistics);
  out += encap_line(s.encap);
  if (s.coaddr) out += fmt::format("\tcoa {}\n", *s.coaddr);
  if (s.live && s.live->last_used_s) out += fmt::format("\tlastused {}\n", moment(s.live->last_used_s, style.utc));
  out += sequence_lines(s) + offload_line(s.offload, true) + if_id_line(s.if_id) + number_line("tfcpad", s.tfcpad);
  if (s.dir) out += fmt::format("\tdir {}\n", *s.dir);
  if (s.pcpu) out += fmt::format("\tpcpu-num {}\n", *s.pcpu);
  if (s.sel) out += "\tsel " + selector_line(*s.sel, style.statistics);
  return out + statistics_lines(s, style);
}

std::string policy_block(const Policy& p, const BlockStyle& style) {
  std::string out = selector_line(p.sel, style.statistics) + policy_line(p, style.statistics);
  if (style.statistics) out += limits_lines(p.limits) + used_lines(p.used, style.utc);
  out += mark_line(p.mark, {});
  for (const Template& t : p.templates)
    out += template_lines(t, style);
  return out + offload_line(p.offload, false) + if_id_line(p.if_id);
}

std::string deleted_block(const State& s, uint64_t now_mono_ns, const BlockStyle& style) {
  return fmt::format("{}\tdeleted{}\n", state_block(s, style), s.removed ? actor_words(*s.removed, now_mono_ns) : "");
}

} // namespace xs
