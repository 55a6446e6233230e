# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ESP and AH shorter than their headers: of ESP two bytes, of AH all but the sequence number.
variants='4 6 4-init'
expect netns=b counter=XfrmInHdrError n=2 src=$A dst=$B proto=esp spi=null seq=null cause=header-truncated \
    "why=*from_${A}_to_${B}*esp_header:_SPI_and_sequence_number"
expect netns=b counter=XfrmInHdrError n=3 src=$A dst=$B proto=ah seq=null cause=header-truncated \
    "why=*ah_header:*sequence_number"

setup() {
    pair
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x99 cut=2 count=2
    on a lab-send raw proto=ah src=$A dst=$B spi=0x99 cut=8 count=3
}
