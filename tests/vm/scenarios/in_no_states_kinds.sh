# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# AH and IPComp of which this host knows nothing.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=ah spi=0x00000a01 seq=3 sport=null dport=null \
    cause=sa-unknown match=none "why=*sends_ah_with_spi_0x00000a01"
expect netns=b counter=XfrmInNoStates n=3 src=$A dst=$B proto=comp spi=0x00000c01 seq=null sport=null dport=null \
    cause=sa-unknown match=none "why=*sends_comp_with_spi_0x00000c01"

setup() {
    pair
}

provoke() {
    on a lab-send raw proto=ah src=$A dst=$B spi=0xa01 seq=3 count=2
    on a lab-send raw proto=comp src=$A dst=$B spi=0xc01 count=3
}
