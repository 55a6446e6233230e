# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Steps of the case "changes", each in netns t.STEP, with the changes that xfrm-snap is to tell of it, by whom and how.

STEPS='add change delete_one delete_prio flush qdisc_gone device_gone netns_gone kinds
    qdisc_change block tcx_syscall tcx_link tcx_device_gone tcx_move netkit netkit_peer'

tell() {
    echo "change $*" >>"/out/$case/steps/$step"
}

lacks() {
    echo "lacks $*" >>"/out/$case/steps/$step"
}

here() {
    on "t.$step" "$@"
}

# A device d0 with clsact.
device() {
    here ip link add d0 type dummy
    here tc qdisc add dev d0 clsact
    tell what=qdisc op=add tc.kind=clsact tc.ifname=d0 tc.handle=ffff: by.comm=tc how=netlink
}

# filter ADD-OR-REPLACE PRIO HANDLE PROGRAM [DIRECTION]
filter() {
    here tc filter "$1" dev d0 "${5:-ingress}" prio "$2" handle "$3" bpf da object-pinned $PINS/"$4"
}

# tell_bpf OP PRIO HANDLE NAME HOW [DIRECTION]
tell_bpf() {
    tell what=filter op="$1" tc.kind=bpf tc.ifname=d0 tc.pref="$2" tc.handle="$3" tc.prog.name="$4" how="$5" \
        tc.direction="${6:-ingress}" by.comm=tc tc.direct_action=true
}

step_add() {
    device
    filter add 1 1 p1
    filter add 2 7 p2 egress
    tell_bpf add 1 0x1 mark_d00 netlink
    tell_bpf add 2 0x7 mark_e00 netlink egress
}

step_change() {
    device
    filter add 1 1 p1
    filter replace 1 1 p2
    tell_bpf add 1 0x1 mark_d00 netlink
    tell_bpf update 1 0x1 mark_e00 netlink
}

step_delete_one() {
    device
    filter add 1 1 p1
    filter add 1 2 p2
    here tc filter del dev d0 ingress prio 1 handle 1 bpf
    here tc filter add dev d0 ingress chain 5 prio 3 handle 4 bpf da object-pinned $PINS/p1
    here tc filter del dev d0 ingress chain 5 prio 3 handle 4 bpf
    tell_bpf add 1 0x1 mark_d00 netlink
    tell_bpf add 1 0x2 mark_e00 netlink
    tell_bpf delete 1 0x1 mark_d00 netlink
    tell_bpf add 3 0x4 mark_d00 netlink
    tell_bpf delete 3 0x4 mark_d00 netlink
}

step_delete_prio() {
    device
    filter add 1 1 p1
    filter add 1 2 p2
    filter add 2 1 p1
    here tc filter del dev d0 ingress prio 1
    tell_bpf add 1 0x1 mark_d00 netlink
    tell_bpf add 1 0x2 mark_e00 netlink
    tell_bpf add 2 0x1 mark_d00 netlink
    tell_bpf delete 1 0x1 mark_d00 netlink
    tell_bpf delete 1 0x2 mark_e00 netlink
}

step_flush() {
    device
    filter add 1 1 p1
    filter add 2 1 p2
    filter add 3 1 p1 egress
    here tc filter del dev d0 ingress
    tell_bpf add 1 0x1 mark_d00 netlink
    tell_bpf add 2 0x1 mark_e00 netlink
    tell_bpf add 3 0x1 mark_d00 netlink egress
    tell_bpf delete 1 0x1 mark_d00 flush
    tell_bpf delete 2 0x1 mark_e00 flush
}

step_qdisc_gone() {
    device
    filter add 1 1 p1
    filter add 2 1 p2 egress
    here tc qdisc del dev d0 clsact
    tell_bpf add 1 0x1 mark_d00 netlink
    tell_bpf add 2 0x1 mark_e00 netlink egress
    tell_bpf delete 1 0x1 mark_d00 qdisc
    tell_bpf delete 2 0x1 mark_e00 qdisc egress
    tell what=qdisc op=delete tc.kind=clsact tc.ifname=d0 by.comm=tc how=netlink
}

step_device_gone() {
    device
    filter add 1 1 p1
    here ip link del d0
    tell_bpf add 1 0x1 mark_d00 netlink
    tell what=filter op=delete tc.kind=bpf tc.handle=0x1 by.comm=ip how=device
    tell what=qdisc op=delete tc.kind=clsact tc.ifname=d0 by.comm=ip how=device
}

step_netns_gone() {
    device
    filter add 1 1 p1
    drop "t.$step"
    tell_bpf add 1 0x1 mark_d00 netlink
    tell what=filter op=delete tc.kind=bpf tc.handle=0x1 how=netns-exit
    tell what=qdisc op=delete tc.kind=clsact tc.ifname=d0 how=netns-exit
}

step_kinds() {
    device
    here tc filter add dev d0 ingress prio 1 protocol ip u32 match ip dst 10.0.0.1/32 flowid 1:1
    here tc filter add dev d0 ingress prio 2 protocol ipv6 matchall action ok
    here tc qdisc add dev d0 root handle 1: prio
    here tc filter add dev d0 parent 1: prio 3 protocol all matchall flowid 1:1
    here tc filter del dev d0 parent 1: prio 3
    here tc qdisc replace dev d0 root handle 2: prio
    tell what=filter op=add tc.kind=u32 tc.handle=800::800 tc.protocol=ip by.comm=tc
    tell what=filter op=add tc.kind=matchall tc.handle=0x1 tc.protocol=ipv6 tc.pref=2 by.comm=tc
    tell what=qdisc op=add tc.kind=prio tc.handle=1: tc.parent=root by.comm=tc
    tell what=filter op=add tc.kind=matchall tc.parent=1: tc.direction=egress tc.protocol=all
    tell what=filter op=delete tc.kind=matchall tc.parent=1: how=netlink
    tell what=qdisc op=add tc.kind=prio tc.handle=2: tc.parent=root by.comm=tc
    tell what=qdisc op=delete tc.kind=prio tc.handle=1: how=replaced by.comm=tc
}

step_qdisc_change() {
    device
    here tc qdisc add dev d0 root handle 1: prio
    here tc qdisc add dev d0 parent 1:1 handle 10: prio
    here tc qdisc change dev d0 root handle 1: prio bands 4
    here tc qdisc replace dev d0 handle 10: parent 1:1 prio bands 5
    here tc qdisc change dev d0 handle 10: prio bands 6
    ! here tc qdisc change dev d0 parent 1:1 handle 10: prio bands 99
    tell what=qdisc op=add tc.kind=prio tc.handle=1: tc.parent=root by.comm=tc
    tell what=qdisc op=add tc.kind=prio tc.handle=10: tc.parent=1:1 by.comm=tc
    tell what=qdisc op=update tc.kind=prio tc.handle=1: tc.parent=root by.comm=tc how=netlink
    tell what=qdisc op=update tc.kind=prio tc.handle=10: tc.parent=1:1 by.comm=tc how=netlink
    tell what=qdisc op=update tc.kind=prio tc.handle=10: tc.parent=1:1 by.comm=tc how=netlink
}

# Filters that two devices share.
step_block() {
    here ip link add d0 type dummy
    here ip link add d1 type dummy
    here tc qdisc add dev d0 ingress_block 22 clsact
    here tc qdisc add dev d1 ingress_block 22 clsact
    here tc filter add block 22 prio 1 handle 1 bpf da object-pinned $PINS/p1
    here tc filter add block 22 prio 2 handle 1 bpf da object-pinned $PINS/p2
    here tc filter del block 22 prio 1
    here ip link del d0
    here ip link del d1
    tell what=qdisc op=add tc.kind=clsact tc.ifname=d0 by.comm=tc
    tell what=qdisc op=add tc.kind=clsact tc.ifname=d1 by.comm=tc
    tell what=filter op=add tc.kind=bpf tc.ifname=null tc.pref=1 tc.prog.name=mark_d00 by.comm=tc
    tell what=filter op=add tc.kind=bpf tc.ifname=null tc.pref=2 tc.prog.name=mark_e00 by.comm=tc
    tell what=filter op=delete tc.kind=bpf tc.pref=1 tc.prog.name=mark_d00 by.comm=tc
    tell what=qdisc op=delete tc.kind=clsact tc.ifname=d0 by.comm=ip how=device
    tell what=filter op=delete tc.kind=bpf tc.pref=2 tc.prog.name=mark_e00 by.comm=ip
    tell what=qdisc op=delete tc.kind=clsact tc.ifname=d1 by.comm=ip how=device
}

# tell_tcx OP NAME HOW [FIELD=VALUE...]
tell_tcx() {
    op=$1 prog=$2 how=$3
    shift 3
    tell what=tcx op="$op" tc.kind=tcx tc.ifname=d0 tc.prog.name="$prog" how="$how" "$@"
}

step_tcx_syscall() {
    [ -n "$have_tcx" ] || { lacks "tcx (from 6.6)"; return 0; }
    here ip link add d0 type dummy
    here lab-tc attach ingress d0 $PINS/p1
    here lab-tc attach ingress d0 $PINS/p2 first
    here lab-tc detach ingress d0 $PINS/p2
    here lab-tc attach ingress d0 $PINS/p2 replace $PINS/p1
    here lab-tc attach egress d0 $PINS/p1
    tell_tcx add mark_d00 netlink by.comm=lab-tc tc.direction=ingress tc.position=0 tc.link=null
    tell_tcx add mark_e00 netlink by.comm=lab-tc tc.direction=ingress tc.position=0
    tell_tcx delete mark_e00 netlink by.comm=lab-tc tc.direction=ingress
    tell_tcx add mark_e00 netlink by.comm=lab-tc tc.direction=ingress
    tell_tcx delete mark_d00 netlink by.comm=lab-tc tc.direction=ingress
    tell_tcx add mark_d00 netlink by.comm=lab-tc tc.direction=egress
}

step_tcx_link() {
    [ -n "$have_tcx" ] || { lacks "tcx (from 6.6)"; return 0; }
    here ip link add d0 type dummy
    here lab-tc link egress d0 $PINS/p1 $PINS/l_step
    here lab-tc update $PINS/l_step $PINS/p2
    rm $PINS/l_step
    sleep 1
    tell_tcx add mark_d00 netlink by.comm=lab-tc tc.direction=egress
    tell_tcx update mark_e00 netlink by.comm=lab-tc tc.direction=egress
    tell_tcx delete mark_e00 netlink tc.direction=egress
}

step_tcx_device_gone() {
    [ -n "$have_tcx" ] || { lacks "tcx (from 6.6)"; return 0; }
    here ip link add d0 type dummy
    here lab-tc attach ingress d0 $PINS/p1
    here ip link del d0
    tell_tcx add mark_d00 netlink by.comm=lab-tc
    tell_tcx delete mark_d00 device by.comm=ip
}

# A device takes its programs along to another netns and back.
step_tcx_move() {
    [ -n "$have_tcx" ] || { lacks "tcx (from 6.6)"; return 0; }
    netns t.elsewhere
    here ip link add d0 type dummy
    here lab-tc attach ingress d0 $PINS/p1
    here lab-tc attach egress d0 $PINS/p2
    here ip link set d0 netns t.elsewhere
    on t.elsewhere ip link set d0 netns t.tcx_move
    here ip link set d0 netns t.elsewhere
    tell_tcx add mark_d00 netlink by.comm=lab-tc tc.direction=ingress
    tell_tcx add mark_e00 netlink by.comm=lab-tc tc.direction=egress
    for side in ingress:mark_d00 egress:mark_e00; do
        tell_tcx delete ${side#*:} device by.comm=ip tc.direction=${side%:*}
        tell_tcx add ${side#*:} device by.comm=ip tc.direction=${side%:*}
        tell_tcx delete ${side#*:} device by.comm=ip tc.direction=${side%:*}
    done
}

step_netkit_peer() {
    [ -n "$have_netkit" ] || { lacks "netkit (from 6.7)"; return 0; }
    here ip link add d0 type netkit
    here lab-tc attach peer d0 $PINS/p1
    here lab-tc attach primary d0 $PINS/p2
    here ip link del d0
    tell what=netkit op=add tc.kind=netkit tc.ifname=nk0 tc.prog.name=mark_d00 tc.peer=true by.comm=lab-tc
    tell what=netkit op=add tc.kind=netkit tc.ifname=d0 tc.prog.name=mark_e00 tc.peer=false by.comm=lab-tc
    tell what=netkit op=delete tc.kind=netkit tc.ifname=nk0 tc.prog.name=mark_d00 how=device by.comm=ip
    tell what=netkit op=delete tc.kind=netkit tc.ifname=d0 tc.prog.name=mark_e00 how=device by.comm=ip
}

step_netkit() {
    [ -n "$have_netkit" ] || { lacks "netkit (from 6.7)"; return 0; }
    here ip link add d0 type netkit
    here lab-tc attach primary d0 $PINS/p1
    here lab-tc detach primary d0 $PINS/p1
    tell what=netkit op=add tc.kind=netkit tc.ifname=d0 tc.prog.name=mark_d00 tc.peer=false by.comm=lab-tc
    tell what=netkit op=delete tc.kind=netkit tc.ifname=d0 tc.prog.name=mark_d00 by.comm=lab-tc
}
