// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The table of hooks of tc.
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

// A function that older kernels lack, hooked at its entry and at its return.
constexpr HookSpec begins(const char* name, const char* function, const char* watches) {
  return {.name = name,
          .function = function,
          .at = entry,
          .probed = true,
          .needed = false,
          .watches = watches,
          .part = kTcPart};
}
constexpr HookSpec ends(const char* name, const char* function, const char* watches) {
  return {.name = name,
          .function = function,
          .at = exit,
          .probed = true,
          .needed = false,
          .watches = watches,
          .part = kTcPart};
}

// gcc 16 inlines it.
constexpr const char* kNotify = "tfilter_notify";

// Instead of kNotify: the functions by which classifiers make and change their filters, called only through pointers.
constexpr HookSpec changes(const char* name, const char* function, const char* module) {
  return {.name = name,
          .function = function,
          .module = module,
          .at = exit,
          .probed = true,
          .watches = kMade,
          .part = kTcPart,
          .lost = "filters that are made and changed after the start", // the others are in the dump
          .without = kNotify,
          .program = "tc_change"};
}

constexpr HookSpec kHooks[] = {
    {.name = "tc_filter",
     .function = kNotify,
     .at = entry,
     .probed = true,
     .needed = false,
     .watches = kMade,
     .part = kTcPart},
    changes("tc_change_bpf", "cls_bpf_change", "cls_bpf"),
    changes("tc_change_u32", "u32_change", "cls_u32"),
    changes("tc_change_flower", "fl_change", "cls_flower"),
    changes("tc_change_matchall", "mall_change", "cls_matchall"),
    changes("tc_change_basic", "basic_change", "cls_basic"),
    changes("tc_change_fw", "fw_change", "cls_fw"),
    changes("tc_change_flow", "flow_change", "cls_flow"),
    changes("tc_change_route", "route4_change", "cls_route"),
    changes("tc_change_cgroup", "cls_cgroup_change", "cls_cgroup"),
    // The caller of these reports the filters of a classifier that is not hooked, or not yet.
    {.name = "tc_filter_made",
     .function = "tc_new_tfilter",
     .at = exit,
     .probed = true,
     .watches = "filters that the other hooks miss",
     .part = kTcPart,
     .without = kNotify},
    {.name = "tc_delete", .function = "tc_del_tfilter", .at = exit, .probed = true, .watches = kGone, .part = kTcPart},
    {.name = "tc_filters_gone",
     .function = "tcf_proto_destroy",
     .at = entry,
     .probed = true,
     .watches = kGone,
     .part = kTcPart},
    {.name = "tc_dump_filter",
     .function = "tcf_node_dump",
     .at = entry,
     .probed = true,
     .watches = "filters that were there before",
     .part = kTcPart},
    {.name = "tc_qdisc_made",
     .function = "qdisc_create",
     .at = exit,
     .probed = true,
     .watches = kQdiscs,
     .part = kTcPart},
    {.name = "tc_default_made",
     .function = "qdisc_create_dflt",
     .at = exit,
     .probed = true,
     .watches = kQdiscs,
     .part = kTcPart},
    {.name = "tc_dump_qdisc",
     .function = "tc_fill_qdisc",
     .at = entry,
     .probed = true,
     .watches = "qdiscs that were there before",
     .part = kTcPart},
    {.name = "tc_shut",
     .function = "dev_shutdown",
     .at = exit,
     .probed = true,
     .watches = "devices that go",
     .part = kTcPart},
    {.name = "tc_get_qdisc_begins",
     .function = "tc_get_qdisc",
     .at = entry,
     .probed = true,
     .watches = kWhy,
     .part = kTcPart},
    {.name = "tc_get_qdisc_ends",
     .function = "tc_get_qdisc",
     .at = exit,
     .probed = true,
     .watches = kWhy,
     .part = kTcPart},
    {.name = "tc_modify_qdisc",
     .function = "tc_modify_qdisc",
     .at = exit,
     .probed = true,
     .watches = kWhy,
     .part = kTcPart},
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
