# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A module that is loaded while xfrm-snap runs: its probes are set then, and a transport-mode SA behind its device is an
# error. Then, on devices that set no mark for what comes in (`okey` only, no `ikey`), in policies that want one.
variants='4'
OTHER=10.0.0.11
expect netns=b counter=XfrmInStateModeError n=2 src=$A dst=$B proto=esp spi=0x00003601 seq=1 cause=mode-mismatch \
    match=held state.spi=0x00003601 \
    "why=*spi_0x00003601_is_in_transport_mode*tunnel_interface"
expect netns=b counter=XfrmInNoPols n=2 src=10.9.0.1 dst=10.9.0.2 proto=udp sport=1000 dport=9 \
    cause=policy-mark-mismatch match=held state.spi=0x00003602 policy=null near_policy.differs=mark \
    near_policy.policy.mark=0x9/0xffffffff evidence.link.kind=vti "why=*0x9/0xffffffff*0x0" "advice=*ikey_9"
expect netns=b counter=XfrmInNoPols n=1 src=fd09::1 dst=fd09::2 proto=udp sport=1000 dport=9 \
    cause=policy-mark-mismatch match=held state.spi=0x00003602 policy=null near_policy.differs=mark \
    near_policy.policy.mark=0x9/0xffffffff evidence.link.kind=vti6 "why=*0x9/0xffffffff*0x0" "advice=*ikey_9"

# tunnel FROM: what b's policy takes only with a mark
tunnel() {
    both "$1" $B 0x3602 gcm mode tunnel
    policy a out $IN_A $IN_B tmpl src "$1" dst $B proto esp reqid 1 mode tunnel
    policy b in $IN_A $IN_B mark 9 tmpl src "$1" dst $B proto esp reqid 1 mode tunnel
}

setup() {
    pair
    at a address add $OTHER/$PREFIX dev va
    tunnel $OTHER
    choose_family 6
    address a va $A $B 02:00:00:00:00:0b
    address b vb $B $A 02:00:00:00:00:0a
    inner a va $IN_A $IN_B $B
    inner b vb $IN_B $IN_A $A
    tunnel $A
    choose_family 4
    sa b $A $B 0x3601 gcm
}

provoke() {
    modprobe ip_vti
    snap_wait_probe vti_rcv_cb
    at b link add vti1 type vti local $B remote $A key 1
    at b link set vti1 up
    on a lab-send raw src=$A dst=$B spi=0x3601 count=2
    at b link add vti2 type vti local $B remote $OTHER okey 9
    at b link set vti2 up
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 count=2
    modprobe ip6_vti
    snap_wait_probe vti6_rcv_cb
    choose_family 6
    at b link add vti6 type vti6 local $B remote $A okey 9
    at b link set vti6 up
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000
}
