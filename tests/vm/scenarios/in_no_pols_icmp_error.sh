# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An ICMP error of a router comes out of a tunnel whose SA has flag icmp: the kernel counts that no policy takes it, and
# takes it all the same where one takes the packet that it quotes, the other way round. If none does, it counts again.
variants='4 6'
expect netns=b counter=XfrmInNoPols n=2 src=$IN_A dst=$B proto=$ICMP cause=policy-selector-mismatch match=held \
    state.spi=0x00000a31 looked_up.src=$IN_A "why=*The_SA_has_flag_icmp:_*if_a_policy_takes_the_packet_that_it_quotes*"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_B dst=$NOWHERE proto=udp sport=1000 dport=8 \
    cause=policy-selector-mismatch match=held state.spi=0x00000a31 looked_up.src=$NOWHERE looked_up.dst=$IN_B \
    looked_up.sport=8 near_policy.differs=sel.sport \
    "why=*${NOWHERE}_->_${IN_B}_udp_8_->_1000_(the_other_way_round_of_the_packet_that_an_ICMP_error_quotes)*"

setup() {
    pair
    both $A $B 0xa31 gcm mode tunnel flag icmp
    tunnel="tmpl src $A dst $B proto esp reqid 1 mode tunnel"
    policy a out $IN_A $B $tunnel
    policy b in $NOWHERE $IN_B proto udp sport 9 $tunnel
}

# quote PORT: "no route to host" for what IN_B sent to a port of NOWHERE
quote() {
    udp=03e8000$1000c0000aaaaaaaa
    case $A in
    *:*)
        ip=60000000000c1140fd090000000000000000000000000002fd990000000000000000000000000009
        on a lab-send packet src=$IN_A dst=$B proto=$ICMP hex=0100000000000000$ip$udp
        ;;
    *)
        ip=4500002000010000401100000a090002cb007109
        on a lab-send packet src=$IN_A dst=$B proto=$ICMP hex=0301fcfe00000000$ip$udp
        ;;
    esac
}

provoke() {
    quote 8
    quote 9
}
