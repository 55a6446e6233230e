# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ESP in UDP with an SPI that this host never had.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00000e01 seq=4 sport=4500 dport=4500 \
    cause=sa-unknown match=none "why=*spi_0x00000e01"

setup() {
    pair
    listen b $B 4500 encap=1
}

provoke() {
    on a lab-send udp src=$A dst=$B spi=0xe01 seq=4 count=2
}
