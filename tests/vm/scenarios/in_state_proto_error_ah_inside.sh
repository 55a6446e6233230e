# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# AH within ESP in transport mode, with the right keys: Linux does not set the protocol in the IP header right between the
# two, and AH covers it. ESP within AH passes.
variants='4 6'
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x000007a1 cause=icv-mismatch match=held \
    state.spi=0x000007a1 "why=*in_transport_mode_within_esp" "advice=*Let_the_peer_apply_AH_last"

setup() {
    pair
    both $A $B 0x7a1 ah reqid 1
    both $A $B 0x7a2 gcm reqid 2
    bundle 11 ah:1 esp:2
    bundle 12 esp:2 ah:1
    listen b $B 12
}

provoke() {
    on a lab-send udp src=$A dst=$B dport=12
    on a lab-send udp src=$A dst=$B dport=11
}
