# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The case "cause": a program sets the mark that the SA wants; it is removed, and the packets find no SA any more.

C_GCM="aead rfc4106(gcm(aes)) 0x0123456789abcdef0123456789abcdef01234567 128"

# host NETNS DEVICE ADDRESS
host() {
    on "$1" ip link set lo up
    on "$1" ip addr add "$3/24" dev "$2"
    on "$1" ip link set "$2" up
}

# traffic COUNT: from c.a to c.b, through an SA that c.b has for packets with mark 0xd00
traffic() {
    on c.a lab-send udp src=10.9.0.1 dst=10.9.0.2 count="$1"
}

received() {
    on c.b ip -s xfrm state | grep -A1 'lifetime current' | sed -n 's/.*bytes), \([0-9]*\)(packets).*/\1/p'
}

no_states() {
    on c.b sed -n 's/^XfrmInNoStates[ \t]*//p' /proc/net/xfrm_stat
}

# lose NAME COMMAND...: traffic flows, COMMAND removes the program, one packet is lost
lose() {
    name=$1
    shift
    before=$(no_states) passed=$(received)
    traffic 3
    record "kept $name $(($(no_states) - before)) $(($(received) - passed))"
    before=$(no_states)
    "$@" || record "problem $name: cannot remove"
    traffic 1
    record "lost $name $(($(no_states) - before))"
}

case_cause() {
    netns c.a
    netns c.b
    ip link add va netns c.a type veth peer name vb netns c.b
    host c.a va 10.9.0.1
    host c.b vb 10.9.0.2
    ip -n c.a neigh replace 10.9.0.2 dev va lladdr "$(ip -n c.b -o link show vb | sed 's/.*ether \([^ ]*\).*/\1/')"
    ends="src 10.9.0.1 dst 10.9.0.2"
    # shellcheck disable=SC2086
    ip -n c.a xfrm state add $ends proto esp spi 0x101 reqid 1 mode transport $C_GCM
    # shellcheck disable=SC2086
    ip -n c.a xfrm policy add $ends dir out tmpl $ends proto esp reqid 1 mode transport
    # shellcheck disable=SC2086
    ip -n c.b xfrm state add $ends proto esp spi 0x101 reqid 1 mode transport mark 0xd00 mask 0xf00 $C_GCM
    start run
    on c.b tc qdisc add dev vb clsact
    on c.b tc filter add dev vb ingress prio 1 handle 1 bpf da object-pinned $PINS/p1
    lose cls_bpf on c.b tc filter del dev vb ingress prio 1 handle 1 bpf
    on c.b tc filter add dev vb ingress prio 1 handle 1 bpf da object-pinned $PINS/p1
    lose qdisc on c.b tc qdisc del dev vb clsact
    if [ -n "$have_tcx" ]; then
        on c.b lab-tc attach ingress vb $PINS/p1
        lose tcx on c.b lab-tc detach ingress vb $PINS/p1
    fi
    usleep 500000
    stop run
    clean c.a c.b
}
