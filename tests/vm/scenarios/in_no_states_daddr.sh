# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SPI belongs to an SA with another destination.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00000102 seq=1 cause=sa-daddr-mismatch \
    match=nearest differs=daddr state.spi=0x00000102 state.dst=$IN_B \
    "why=*packet_is_to_${B}*spi_0x00000102_is_to_${IN_B}"

setup() {
    pair
    sa b $A $IN_B 0x102 gcm
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x102 count=2
}
