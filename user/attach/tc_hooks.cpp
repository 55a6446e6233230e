// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The table of tc's hooks.
#include "hooks.hpp"

namespace xs {
namespace {

using enum HookSpec::At;
constexpr MirrorPart kTcPart = MirrorPart::tc;

constexpr const char* kMade = "filters that are made and changed";
constexpr const char* kGone = "filters that are removed";
constexpr const char* kQdiscs = "qdiscs that are made";
constexpr const char* kWhy = "why qdiscs and filters are removed";
constexpr const char* kTcx = "programs of tcx";
constexpr const char* kNetkit = "programs of netkit";

// A function that is watched from its entry to its return; kernels before it do without.
constexpr HookSpec begins(const char* name, const char* function, const char* watches) {
  return {name, function, nullptr, entry, true, false, watches, kTcPart};
}
constexpr HookSpec ends(const char* name, const char* function, const char* watches) {
  return {name, function, nullptr, exit, true, false, watches, kTcPart};
}

// By gcc 16 tfilter_notify is inlined, and nothing that is called after it for certain has the filter. Those that were
// there before are listed anyway.
constexpr HookSpec kFilter{.name = "tc_filter",
                           .function = "tfilter_notify",
                           .module = nullptr,
                           .at = entry,
                           .probed = true,
                           .needed = true,
                           .watches = kMade,
                           .part = kTcPart,
                           .lost = "filters that are made and changed after the start"};

// Name, function, module, at, probed, needed, watches, part.
constexpr HookSpec kHooks[] = {
    kFilter,
    {"tc_delete", "tc_del_tfilter", nullptr, exit, true, true, kGone, kTcPart},
    {"tc_filters_gone", "tcf_proto_destroy", nullptr, entry, true, true, kGone, kTcPart},
    {"tc_dump_filter", "tcf_node_dump", nullptr, entry, true, true, "filters that were there before", kTcPart},
    {"tc_qdisc_made", "qdisc_create", nullptr, exit, true, true, kQdiscs, kTcPart},
    {"tc_default_made", "qdisc_create_dflt", nullptr, exit, true, true, kQdiscs, kTcPart},
    {"tc_dump_qdisc", "tc_fill_qdisc", nullptr, entry, true, true, "qdiscs that were there before", kTcPart},
    {"tc_shut", "dev_shutdown", nullptr, exit, true, true, "devices that go", kTcPart},
    {"tc_get_qdisc_begins", "tc_get_qdisc", nullptr, entry, true, true, kWhy, kTcPart},
    {"tc_get_qdisc_ends", "tc_get_qdisc", nullptr, exit, true, true, kWhy, kTcPart},
    {"tc_modify_qdisc", "tc_modify_qdisc", nullptr, exit, true, true, kWhy, kTcPart},
    begins("tcx_attach_begins", "tcx_prog_attach", kTcx),
    ends("tcx_attach", "tcx_prog_attach", kTcx),
    begins("tcx_detach_begins", "tcx_prog_detach", kTcx),
    ends("tcx_detach", "tcx_prog_detach", kTcx),
    begins("tcx_link_begins", "tcx_link_attach", kTcx),
    ends("tcx_link", "tcx_link_attach", kTcx),
    begins("tcx_update_begins", "tcx_link_update", kTcx),
    ends("tcx_update", "tcx_link_update", kTcx),
    begins("tcx_release_begins", "tcx_link_release", kTcx),
    ends("tcx_release", "tcx_link_release", kTcx),
    begins("tcx_query_begins", "tcx_prog_query", kTcx),
    ends("tcx_query", "tcx_prog_query", kTcx),
    begins("tcx_uninstall", "tcx_uninstall", kTcx),
    begins("tc_move_begins", "__dev_change_net_namespace", "devices that move to another netns"),
    ends("tc_move", "__dev_change_net_namespace", "devices that move to another netns"),
    begins("netkit_attach_begins", "netkit_prog_attach", kNetkit),
    ends("netkit_attach", "netkit_prog_attach", kNetkit),
    begins("netkit_detach_begins", "netkit_prog_detach", kNetkit),
    ends("netkit_detach", "netkit_prog_detach", kNetkit),
    begins("netkit_link_begins", "netkit_link_attach", kNetkit),
    ends("netkit_link", "netkit_link_attach", kNetkit),
    begins("netkit_update_begins", "netkit_link_update", kNetkit),
    ends("netkit_update", "netkit_link_update", kNetkit),
    begins("netkit_release_begins", "netkit_link_release", kNetkit),
    ends("netkit_release", "netkit_link_release", kNetkit),
    begins("netkit_query_begins", "netkit_prog_query", kNetkit),
    ends("netkit_query", "netkit_prog_query", kNetkit),
    begins("netkit_gone", "netkit_uninit", kNetkit),
};

} // namespace

std::span<const HookSpec> tc_hook_specs() {
  return kHooks;
}

} // namespace xs
