// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The table of counters: their meanings, from the kernel's sources.
#include "counters.hpp"

#include "../model/loss.hpp"
#include "../model/records.hpp"

#include <algorithm>

namespace xs {
namespace {

constexpr std::string_view kStates = "ip -s xfrm state", kPolicies = "ip xfrm policy",
                           kDeleted = "xfrm-snap show deleted",
                           kDump = "tcpdump -ni DEVICE 'esp or ah or udp port 4500'", kRoute = "ip route get ADDRESS",
                           kStack = "xfrm-snap --stack -c 1", kSwan = "swanctl --list-sas", kLog = "dmesg";

const CounterHelp kTable[] = {
    {XfrmInError,
     "An inbound packet failed in a way that no other counter names: no memory for the list of its SAs, or its route "
     "vanished "
     "before the SA was used.",
     {kStack, kLog}},
    {XfrmInBufferError,
     "No room for one more SA on an inbound packet, or its policy has too many templates.",
     {kPolicies, kStates, kDump}},
    {XfrmInHdrError, "The headers of an inbound packet could not be read.", {kDump}},
    {XfrmInNoStates,
     "No SA fits an inbound packet: destination, protocol, SPI or mark are unknown.",
     {kStates, kDeleted, "ip xfrm monitor SA (not: plain \"ip xfrm monitor\")", kDump}},
    {XfrmInStateProtoError,
     "The transform of an SA refused an inbound packet: integrity check, lengths, contents, a full queue, or no "
     "memory.",
     {kStates, kDump, kSwan}},
    {XfrmInStateModeError, "The mode of an SA and what came out of it do not fit.", {kStates, kPolicies, "ip -d link"}},
    {XfrmInStateSeqError, "The sequence number of an inbound packet was seen before, or is too old.", {kStates, kDump}},
    {XfrmInStateExpired, "An inbound packet met an SA that has reached a hard limit.", {kStates, kSwan}},
    {XfrmInStateMismatch,
     "An inbound packet does not belong to its SA: encapsulation or selector differ.",
     {kStates, kDump}},
    {XfrmInStateInvalid, "An inbound packet met an SA that is not valid (any more).", {kStates, kDeleted}},
    {XfrmInTmplMismatch,
     "An inbound packet was not protected as the templates of its policy demand.",
     {kPolicies, kStates}},
    {XfrmInNoPols,
     "No policy fits what came out of a tunnel, or the default is to block.",
     {kPolicies, "ip xfrm policy getdefault", kStates}},
    {XfrmInPolBlock, "A policy blocks an inbound packet.", {kPolicies, "xfrm-snap show policies"}},
    {XfrmInPolError,
     "The look-up of a policy for an inbound packet failed; a security module may have refused it.",
     {kPolicies, "ausearch -m AVC"}},
    {XfrmOutError,
     "An outbound packet could not be made ready: no route attached, no memory, or a checksum that cannot be computed.",
     {kRoute, kLog, kStack}},
    {XfrmOutBundleGenError, "The routes through the SAs of a policy could not be made.", {kRoute, kPolicies}},
    {XfrmOutBundleCheckError,
     "The routes through the SAs of a policy are stale. Only kernels before 5.10 counted it: none from 5.10 to 7.x has "
     "a "
     "place that does, so that there is no cause to tell.",
     {}},
    {XfrmOutNoStates,
     "A policy demands an SA, and there is none that fits its template.",
     {kStates, kPolicies, kDeleted, kSwan}},
    {XfrmOutStateProtoError,
     "The transform of an SA failed on an outbound packet.",
     {kStates, "cat /proc/crypto", kLog}},
    {XfrmOutStateModeError,
     "An outbound packet cannot be put into its SA's mode; often it is too big.",
     {"ip -s link", kRoute, kStates}},
    {XfrmOutStateSeqError, "An SA has no sequence number left.", {kStates, kSwan}},
    {XfrmOutStateExpired, "An outbound packet met an SA that has reached a hard limit.", {kStates, kSwan}},
    {XfrmOutPolBlock, "A policy blocks an outbound packet.", {kPolicies, "xfrm-snap show policies"}},
    {XfrmOutPolDead,
     "The policy was deleted while a packet was under way. Only kernels before 5.10 counted it: none from 5.10 to 7.x "
     "has a "
     "place that does, so that there is no cause to tell.",
     {}},
    {XfrmOutPolError, "The look-up of a policy or of its SAs failed.", {kPolicies, kStates, "ausearch -m AVC"}},
    {XfrmFwdHdrError, "A packet to be forwarded has no route, or its headers could not be read.", {kRoute, kDump}},
    {XfrmOutStateInvalid, "An outbound packet met an SA that is not valid (any more).", {kStates, kDeleted}},
    {XfrmAcquireError, "An inbound packet met an SA that is still being negotiated.", {kStates, kSwan}},
    {XfrmOutStateDirError, "An outbound packet met an SA that is for input only.", {kStates}},
    {XfrmInStateDirError, "An inbound packet met an SA that is for output only.", {kStates}},
    {XfrmInIptfsError, "The payload of an IP-TFS packet is not valid.", {kStates, kDump}},
    {XfrmOutNoQueueSpace, "The queue of an SA in IP-TFS mode is full.", {kStates}},
    {LOSS_GSO_TAIL,
     "The segments of a GSO packet were freed, since one before them could not be sent.",
     {"tc -s qdisc", "ip -s link", kStates}},
    {LOSS_DEFAULT_BLOCK,
     "No policy fits an outbound packet, and the default for output is to block.",
     {"ip xfrm policy getdefault", kPolicies}},
    {LOSS_SOCKET_POLICY,
     "A socket has a policy of its own, and no SA fits it.",
     {"ip xfrm policy list (those with \"socket out\")", kStates, kDeleted}},
    {LOSS_TOO_BIG,
     "An outbound packet is larger than what its SA or interface leaves of the MTU, and may not be fragmented.",
     {"ip route get ADDRESS; ip route show cache", "ip -d link", "tcpdump -ni any icmp or icmp6"}},
    {LOSS_INTERFACE,
     "An xfrm interface or a VTI refused a packet that was sent into it.",
     {"ip -s -d link show dev DEVICE", kPolicies, kStates, kDeleted, kRoute}},
    {LOSS_NO_ENCAP_SOCKET,
     "ESP in UDP came for an SA, and no socket takes it.",
     {"ss -lunp", kStates, "nstat -az UdpNoPorts"}},
    {LOSS_NO_HANDLER, "A packet of ESP, AH or IPComp came, and the kernel has no handler for it.", {"lsmod", kDump}},
    {LOSS_DECAP_QUEUE,
     "The queue in which packets wait that were decrypted in tunnel mode is full.",
     {"sysctl net.core.netdev_max_backlog", "cat /proc/net/softnet_stat", "ip -s link"}},
    {LOSS_TRANS_QUEUE,
     "The queue in which packets wait that were decrypted in transport mode is full.",
     {"sysctl net.core.netdev_max_backlog", "cat /proc/net/softnet_stat"}},
    {LOSS_HOLD_QUEUE_FULL,
     "The queue in which packets wait until their policy has an SA is full.",
     {"sysctl net.core.xfrm_larval_drop", kPolicies, kStates, kSwan}},
    {LOSS_HOLD_QUEUE_PURGED,
     "The queue in which packets waited until their policy has an SA was emptied.",
     {"sysctl net.core.xfrm_larval_drop", "ip xfrm monitor policy", kStates, kSwan}},
    {LOSS_UDP_GSO, "A UDP packet to be cut into segments was sent over a route with IPsec.", {kRoute, kPolicies}},
    {LOSS_TOO_SHORT,
     "A packet that is taken for ESP in UDP is too short for it.",
     {"tcpdump -Xni DEVICE udp port 4500"}},
    {LOSS_NEXT_HOP, "The next hop of an encrypted packet does not resolve.", {kRoute, "ip neigh"}},
    {LOSS_FRAGMENT,
     "A fragment of an encrypted packet did not arrive in time.",
     {"nstat -az IpReasmTimeout Ip6ReasmTimeout", "tcpdump -ni DEVICE 'ip[6:2] & 0x3fff != 0'"}},
    {LOSS_INPUT,
     "Routing refused a packet after decryption. Told with --after-decryption.",
     {kRoute, "sysctl -a | grep -e rp_filter -e forwarding", "nstat -az TcpExtIPReversePathFilter"}},
    {LOSS_FIREWALL,
     "Netfilter dropped a packet after decryption. Told with --after-decryption.",
     {"nft list ruleset", "nft monitor trace"}},
};

const CounterHelp kNone{0, "A counter that is newer than this program.", {"grep . /proc/net/xfrm_stat", kStack}};

} // namespace

const CounterHelp& counter_help(uint8_t counter) {
  const auto* it = std::ranges::find(kTable, counter, &CounterHelp::counter);
  return it == std::end(kTable) ? kNone : *it;
}

} // namespace xs
