# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA wants a mark that tc on the ingress device does not set.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=3 src=$A dst=$B proto=esp spi=0x00000101 seq=1 mark=0x20 \
    cause=sa-mark-mismatch match=nearest differs=mark state.spi=0x00000101 state.mark=0xd00/0xf00 tc.0.ifname=vb \
    tc.0.direction=ingress \
    "why=*spi_0x00000101_wants_mark_0xd00/0xf00*mark_0x20*on_vb_ingress_has_not_set_it"

setup() {
    pair
    sa b $A $B 0x101 gcm mark 0xd00 mask 0xf00
    on b tc qdisc add dev vb clsact
    on b tc filter add dev vb ingress matchall action skbedit mark 0x20
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x101 count=3
}
