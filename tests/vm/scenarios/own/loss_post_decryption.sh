# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Told only with --after-decryption: routing or the firewall drops a packet after it was decrypted. Packets that were not
# encrypted meet the same, and are not told.
variants='4'
snap_options=--after-decryption
needs nft --version
expect netns=b loss=no-forwarding n=2 packets=1 src=$IN_A dst=$NOWHERE proto=udp dport=9 errno=EHOSTUNREACH \
    state.spi=0x00006f01
choose_family 6
expect netns=b loss=no-forwarding n=2 packets=1 src=$IN_A dst=$NOWHERE proto=udp dport=9 state.spi=0x00006f01
for family in 4 6; do
    choose_family $family
    expect netns=b loss=firewall n=2 packets=1 src=$IN_A dst=$IN_B proto=udp dport=11 state.spi=0x00006f01
done
choose_family 4

protect() {
    both $A $B 0x6f01 gcm mode tunnel
    for to in $IN_B $NOWHERE; do
        policy a out $IN_A $to tmpl src $A dst $B proto esp reqid 1 mode tunnel
        for dir in in fwd; do
            policy b $dir $IN_A $to tmpl src $A dst $B proto esp reqid 1 mode tunnel
        done
    done
    at a route add $NOWHERE/$HOST via $B dev va
    at b route add $NOWHERE/$HOST dev d0
    listen b $IN_B 10
}

setup() {
    pair
    at b link add d0 type dummy
    at b link set d0 up
    protect
    choose_family 6
    address a va $A $B 02:00:00:00:00:0b
    address b vb $B $A 02:00:00:00:00:0a
    inner a va $IN_A $IN_B $B
    inner b vb $IN_B $IN_A $A
    protect
    choose_family 4
    flush
    on b nft 'table inet n { chain i { type filter hook input priority 0; udp dport 11 drop; }; }'
}

provoke() {
    for family in 4 6; do
        choose_family $family
        on a lab-send udp src=$A dst=$B dport=11 count=2
        on a lab-send udp src=$IN_A dst=$IN_B dport=10 count=2
        on a lab-send udp src=$IN_A dst=$IN_B dport=11 count=2
        on a lab-send udp src=$IN_A dst=$NOWHERE count=2
    done
    choose_family 4
}
