# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# With ESP's segmentation offload a whole train of TCP segments takes its sequence numbers at once: more than are left,
# though the last one is not used yet.
variants='4'
needs module esp4_offload
needs module esp6_offload
expect netns=a counter=XfrmOutStateSeqError n=1 src=10.0.0.1 dst=10.0.0.2 proto=tcp dport=80 cause=seq-exhausted \
    match=held state.spi=0x00001511 state.replay.oseq=4294967294 "why=*spi_0x00001511*4294967294,_which_leaves_1,_*bundle_of*"
expect netns=a counter=XfrmOutStateSeqError n=1 src=fd00::1 dst=fd00::2 proto=tcp dport=80 cause=seq-exhausted \
    match=held state.spi=0x00001511 state.replay.oseq=4294967294 "why=*spi_0x00001511*4294967294,_which_leaves_1,_*bundle_of*"

# protect: two numbers are for the handshake, and one is left. TCP does not try again before its connection is reset.
protect() {
    at a route add $B/$HOST dev va rto_min 5s
    both $A $B 0x1511 gcm replay-oseq 0xfffffffc
    policy a out $A $B $TMPL
}

setup() {
    pair
    protect
    choose_family 6
    address a va $A $B 02:00:00:00:00:0b
    address b vb $B $A 02:00:00:00:00:0a
    protect
    listen b :: 80 tcp=1
}

provoke() {
    for family in 4 6; do
        choose_family $family
        on a lab-send tcp src=$A dst=$B dport=80 len=6000
    done
}
