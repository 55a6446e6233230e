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

// gcc 16 inlines it.
constexpr const char* kNotify = "tfilter_notify";

// Instead of kNotify: what a classifier makes and changes its filters by, which is only called through a pointer.
constexpr HookSpec changes(const char* name, const char* function, const char* module) {
  HookSpec spec{name, function, module, exit, true, true, kMade, kTcPart};
  spec.lost = "filters that are made and changed after the start"; // the others are listed
  spec.without = kNotify;
  spec.program = "tc_change";
  return spec;
}

// What calls these: it tells of filters of a classifier that is not hooked, or not yet.
constexpr HookSpec makes() {
  HookSpec spec{"tc_filter_made", "tc_new_tfilter", nullptr, exit, true, true, "filters that the other hooks miss",
                kTcPart};
  spec.without = kNotify;
  return spec;
}

// Name, function, module, at, probed, needed, watches, part.
constexpr HookSpec kHooks[] = {
    {"tc_filter", kNotify, nullptr, entry, true, false, kMade, kTcPart},
    changes("tc_change_bpf", "cls_bpf_change", "cls_bpf"),
    changes("tc_change_u32", "u32_change", "cls_u32"),
    changes("tc_change_flower", "fl_change", "cls_flower"),
    changes("tc_change_matchall", "mall_change", "cls_matchall"),
    changes("tc_change_basic", "basic_change", "cls_basic"),
    changes("tc_change_fw", "fw_change", "cls_fw"),
    changes("tc_change_flow", "flow_change", "cls_flow"),
    changes("tc_change_route", "route4_change", "cls_route"),
    changes("tc_change_cgroup", "cls_cgroup_change", "cls_cgroup"),
    makes(),
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
