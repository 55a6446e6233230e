# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ESP with an SPI that this host never had.
variants='4 6 4-init 6-init'
expect netns=b counter=XfrmInNoStates n=5 src=$A dst=$B proto=esp spi=0x00000099 seq=7 sport=null dport=null \
    cause=sa-unknown match=none \
    "why=*${A}_sends_esp_with_spi_0x00000099_to_${B}"

setup() {
    pair
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x99 seq=7 count=5
}
