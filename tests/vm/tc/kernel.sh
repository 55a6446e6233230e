# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The lab's netns, programs, and what the kernel says of tc in them.

# on NETNS COMMAND...: unlike with `ip netns exec`, the same bpffs is there
on() {
    lab-send in "$@"
}

netns() {
    ip netns add "$1"
}

clean() {
    for ns; do
        ip netns del "$ns"
    done
}

# drop NETNS: deletes it and waits, but not for ever, until the mirror has nothing of it any more: the kernel takes its
# devices down some time later
drop() {
    inum=$(stat -L -c %i "/run/netns/$1")
    ip netns del "$1"
    tries=120
    while sleep 1 && xfrm-snap show tc --json 2>/dev/null | grep -q "\"inum\":$inum[,}]" && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
    done
}

prepare() {
    for module in esp4 sch_ingress cls_bpf cls_u32 cls_matchall sch_prio act_gact; do
        modprobe $module 2>/dev/null
    done
    lab-tc load mark_d00 0xd00 $PINS/p1
    lab-tc load mark_e00 0xe00 $PINS/p2
    ip link add probe type dummy
    have_tcx='' have_netkit=''
    if lab-tc attach ingress probe $PINS/p1 2>/dev/null; then
        have_tcx=yes
        lab-tc detach ingress probe $PINS/p1
    fi
    ip link del probe
    if ip link add probe type netkit 2>/dev/null; then
        have_netkit=yes
        ip link del probe
    fi
    echo "tcx ${have_tcx:-no} netkit ${have_netkit:-no}" >/out/features
}

# kernel_says NAME NETNS...: to /out/CASE/kernel.NAME/NETNS/, a file for each list
kernel_says() {
    folder=/out/$case/kernel.$1
    shift
    for ns; do
        mkdir -p "$folder/$ns"
        on "$ns" stat -L -c %i /proc/self/ns/net >"$folder/$ns/inum"
        on "$ns" tc -j qdisc show >"$folder/$ns/qdisc"
        on "$ns" bpftool -j net show >"$folder/$ns/bpftool"
        for dev in $(ip -n "$ns" -o link show | sed 's/^[0-9]*: //; s/[:@].*//'); do
            on "$ns" tc -j filter show dev "$dev" ingress >"$folder/$ns/ingress.$dev" 2>/dev/null
            on "$ns" tc -j filter show dev "$dev" egress >"$folder/$ns/egress.$dev" 2>/dev/null
            on "$ns" tc -j filter show dev "$dev" >"$folder/$ns/root.$dev" 2>/dev/null
            [ -z "$have_tcx" ] || on "$ns" lab-tc query ingress "$dev" >"$folder/$ns/tcx_ingress.$dev"
            [ -z "$have_tcx" ] || on "$ns" lab-tc query egress "$dev" >"$folder/$ns/tcx_egress.$dev"
            [ -z "$have_netkit" ] || on "$ns" lab-tc query primary "$dev" >"$folder/$ns/netkit.$dev"
        done
    done
}
