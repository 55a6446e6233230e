// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks for calls of functions that free packets, and for entries of functions.
#include "losses.hpp"
#include "refusal.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <sys/socket.h>
#include <unordered_set>

namespace xs {
namespace {

// A function that frees what it is given, and which of its parameters that is.
struct Freeing {
  std::string_view name;
  Dropped frees;
  size_t parameter;
};
constexpr Freeing kFreeing[] = {
    {"kfree_skb", Dropped::packet, 0},
    {"kfree_skb_reason", Dropped::packet, 0},
    {"__kfree_skb", Dropped::packet, 0},
    {"sk_skb_reason_drop", Dropped::packet, 1},
    {"dev_kfree_skb_any_reason", Dropped::packet, 0},
    {"kfree_skb_list", Dropped::packet, 0},
    {"kfree_skb_list_reason", Dropped::packet, 0},
    {"skb_queue_purge", Dropped::queue, 0},
    {"skb_queue_purge_reason", Dropped::queue, 0},
    {"xfrm_queue_purge", Dropped::queue, 0},
};

constexpr std::array<uint8_t, 4> kLandingPad{0xf3, 0x0f, 0x1e, 0xfa}; // endbr64; no instruction of arm64

// xfrm_output_gso frees a list; a packet that it frees itself is the one that was cut up.
bool is_list(std::string_view callee) {
  return callee.find("_list") != callee.npos;
}

class Finder {
public:
  Finder(const KernelImage& image, std::vector<Site> refused) : image_(image), out_{std::move(refused), {}} {}

  Losses run() {
    for (const ListedLoss& listed : loss_list())
      look_for(listed);
    std::ranges::sort(out_.sites, {}, &Site::address);
    const auto same = [](const Site& a, const Site& b) { return a.address == b.address; };
    out_.sites.erase(std::unique(out_.sites.begin(), out_.sites.end(), same), out_.sites.end());
    return std::move(out_);
  }

private:
  const KernelImage& image_;
  Losses out_;

  void look_for(const ListedLoss& listed) {
    bool known = false;
    const size_t before = out_.sites.size();
    for (const Symbol& f : image_.losing) {
      if (source_name(f.name) != listed.function) continue;
      known = true;
      if (listed.hook == LossHook::entry) enter(listed, f);
      if (listed.hook == LossHook::call) scan(listed, f);
      if (listed.hook == LossHook::end)
        for (const Refusal& r : refusals(image_, f, listed.error, listed.parameter))
          add(listed, f, r.address, r.parameter);
    }
    if (out_.sites.size() == before)
      out_.absent.push_back(
          {&listed, known ? "nothing in the function looks like it" : "the kernel has no such function"});
  }

  void add(const ListedLoss& listed, const Symbol& f, uint64_t at, Reg reg) {
    Site site;
    site.processor = image_.arch->processor;
    if (image_.arch->refused_behind) site.refused_behind = image_.arch->refused_behind(image_, f.address, at);
    site.function = f.name;
    site.module = f.module;
    site.address = at;
    site.offset = at - f.address;
    site.counter = listed.kind;
    Operand operand{.reg = reg, .proof = Proof::passed};
    if (listed.dropped == Dropped::queue) {
      const int64_t queue = image_.btf.types().offset_of("xfrm_policy", {"polq", "hold_queue"});
      if (queue < 0) return;
      operand.addend = static_cast<int32_t>(-queue);
    }
    const bool fragments = listed.dropped == Dropped::fragments || listed.dropped == Dropped::fragments6;
    const Role role = listed.dropped == Dropped::queue ? Role::policy : Role::skb;
    if (!fragments) site.operands[static_cast<size_t>(role)] = operand;
    if (fragments)
      site.operands[static_cast<size_t>(Role::family)] =
          Operand{.where = Operand::Where::constant,
                  .offset = listed.dropped == Dropped::fragments ? AF_INET : AF_INET6,
                  .proof = Proof::source};
    out_.sites.push_back(std::move(site));
  }

  // A probe at a function's first byte is moved behind the landing pad by the kernel.
  void enter(const ListedLoss& listed, const Symbol& f) {
    const auto code = image_.code(f.address);
    const bool padded = code.size() > kLandingPad.size() && std::ranges::equal(code.first(4), kLandingPad);
    if (!is_part(f.name))
      add(listed, f, f.address + (padded ? kLandingPad.size() : 0), image_.arch->arguments[listed.parameter]);
  }

  const Freeing* freeing(const Insn& insn, Dropped dropped) const {
    if (!insn.target || (insn.flow != Insn::Flow::call && insn.flow != Insn::Flow::jump)) return nullptr;
    for (const std::string_view name : image_.symbols.names_at(*insn.target))
      for (const Freeing& f : kFreeing)
        if (f.name == source_name(name) && f.frees == dropped) return &f;
    return nullptr;
  }

  // Of the errors for which a function frees its packet, the one that follows here.
  bool fails_with(uint16_t error, uint64_t next) const {
    const auto insn = image_.insn(next);
    return !error ||
           (insn && std::ranges::any_of(insn->ops, [error](const Op& op) {
              return op.kind == Op::Kind::constant && static_cast<int32_t>(op.imm) == -static_cast<int32_t>(error);
            }));
  }

  void scan(const ListedLoss& listed, const Symbol& f) {
    for (uint64_t at = f.address; at < f.address + f.size;) {
      const auto insn = image_.insn(at);
      const Freeing* callee = insn ? freeing(*insn, listed.dropped) : nullptr;
      const bool tail = listed.kind == LOSS_GSO_TAIL;
      if (callee && tail == is_list(callee->name) && fails_with(listed.error, insn->next()))
        add(listed, f, at, image_.arch->arguments[callee->parameter]);
      at += insn ? insn->length : image_.arch->step;
    }
  }
};

} // namespace

bool may_lose(std::string_view function) {
  static const auto kAll = [] {
    std::unordered_set<std::string_view> out;
    for (const ListedLoss& l : loss_list())
      out.insert(l.function);
    return out;
  }();
  return kAll.contains(function);
}

Losses find_losses(const KernelImage& image, std::vector<Site> refused) {
  if (!image.btf.vmlinux || !image.arch) return {};
  return Finder(image, std::move(refused)).run();
}

} // namespace xs
