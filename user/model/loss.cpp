// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The table of kinds of losses, and its lookups.
#include "loss.hpp"

#include <algorithm>

namespace xs {
namespace {

constexpr LossKind kKinds[] = {
    {LOSS_GSO_TAIL, "gso-tail", Way::out},
    {LOSS_DEFAULT_BLOCK, "default-block", Way::out},
    {LOSS_SOCKET_POLICY, "socket-policy-no-sa", Way::out},
    {LOSS_TOO_BIG, "too-big", Way::out},
    {LOSS_INTERFACE, "interface", Way::out},
    {LOSS_NO_ENCAP_SOCKET, "no-encap-socket", Way::in},
    {LOSS_NO_HANDLER, "no-handler", Way::in},
    {LOSS_DECAP_QUEUE, "decap-queue-full", Way::in},
    {LOSS_TRANS_QUEUE, "trans-queue-full", Way::in},
    {LOSS_HOLD_QUEUE_FULL, "hold-queue-full", Way::out},
    {LOSS_HOLD_QUEUE_PURGED, "hold-queue-purged", Way::out},
    {LOSS_UDP_GSO, "udp-gso", Way::out},
    {LOSS_TOO_SHORT, "too-short", Way::in},
    {LOSS_NEXT_HOP, "next-hop-dead", Way::out},
    {LOSS_FRAGMENT, "fragment-lost", Way::in},
    {LOSS_INPUT, "routing", Way::in, true},
    {LOSS_FIREWALL, "firewall", Way::in, true},
    {LOSS_ICMP, "icmp-error", Way::in},
};
static_assert(std::size(kKinds) == LOSS_END - LOSS_FIRST);

constexpr ListedLoss kList[] = {
#define LOSS(file, function, hook, dropped, kind, parameter, error, config, module)                                    \
  {file, function, LossHook::hook, Dropped::dropped, kind, parameter, error, config, module},
#include "loss_list.inc"
#undef LOSS
};

} // namespace

std::span<const LossKind> told_losses() {
  static_assert(LOSS_ICMP + 1 == LOSS_END);
  return std::span(kKinds).first(LOSS_ICMP - LOSS_FIRST);
}

std::span<const ListedLoss> loss_list() {
  return kList;
}

const LossKind* loss_kind(uint8_t index) {
  const auto* it = std::ranges::find(kKinds, index, &LossKind::index);
  return it == std::end(kKinds) ? nullptr : it;
}

std::string heading(uint8_t counter) {
  return is_loss(counter) ? "no counter" : counter_name(counter);
}

std::string kind_name(uint8_t counter) {
  const LossKind* loss = loss_kind(counter);
  return loss ? loss->name : counter_name(counter);
}

} // namespace xs
