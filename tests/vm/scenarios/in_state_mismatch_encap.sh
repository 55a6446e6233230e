# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# NAT traversal on one side only: ESP for an SA that wants UDP, and UDP for one that does not.
variants='4 6'
expect netns=b counter=XfrmInStateMismatch n=2 src=$A dst=$B proto=esp spi=0x00000601 seq=1 cause=encap-mismatch \
    match=held state.spi=0x00000601 \
    "why=*spi_0x00000601_wants_ESP_in_UDP_(sport_4500_dport_4500)*came_as_plain_ESP"
expect netns=b counter=XfrmInStateMismatch n=1 src=$A dst=$B proto=esp spi=0x00000602 seq=1 cause=encap-mismatch \
    match=held state.spi=0x00000602 \
    "why=*spi_0x00000602_wants_plain_ESP*came_as_ESP_in_UDP"

setup() {
    pair
    sa b $A $B 0x601 gcm encap espinudp 4500 4500 0.0.0.0
    sa b $A $B 0x602 gcm
    listen b $B 4500 encap=1
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x601 count=2
    on a lab-send udp src=$A dst=$B spi=0x602
}
