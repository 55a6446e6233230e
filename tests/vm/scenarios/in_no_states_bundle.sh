# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Several transforms are undone in one pass of the input. The inner one fails: ESP within AH, AH within ESP, IPComp
# within ESP, and AH within ESP in UDP; the SA was never there, or was deleted.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00000711 seq=65~66 cause=sa-unknown \
    match=none "why=*sends_esp_with_spi_0x00000711"
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=ah spi=0x00000712 seq=65 cause=sa-deleted match=none \
    deleted.state.proto=ah deleted.state.spi=0x00000712 deleted.how=netlink deleted.by.comm=ip \
    "why=*ah_spi_0x00000712_was_deleted*by_ip["
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=comp spi=0x00000713 seq=null sport=null dport=null \
    cause=sa-unknown match=none "why=*sends_comp_with_spi_0x00000713"
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=ah spi=0x00000714 seq=65 cause=sa-unknown match=none \
    "why=*sends_ah_with_spi_0x00000714"

setup() {
    pair
    both $A $B 0x701 ah reqid 1 && sa a $A $B 0x711 gcm reqid 11 replay-oseq 64
    both $A $B 0x702 gcm reqid 2 && both $A $B 0x712 ah reqid 12 replay-oseq 64
    both $A $B 0x703 gcm reqid 3 && sa a $A $B 0x713 comp reqid 13
    both $A $B 0x704 gcm reqid 4 encap espinudp 4500 4500 0.0.0.0 && sa a $A $B 0x714 ah reqid 14 replay-oseq 64
    bundle 11 esp:11 ah:1
    bundle 12 ah:12 esp:2
    bundle 13 comp:13 esp:3
    bundle 14 ah:14 esp:4
    listen b $B 4500 encap=1
}

provoke() {
    at b xfrm state delete src $A dst $B proto ah spi 0x712
    on a lab-send udp src=$A dst=$B dport=11 count=2
    on a lab-send udp src=$A dst=$B dport=12
    on a lab-send udp src=$A dst=$B dport=13 len=1000
    on a lab-send udp src=$A dst=$B dport=14
}
