# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An SPI that was handed out, while the keys are still being negotiated.
variants='4 6'
expect netns=b counter=XfrmAcquireError n=2 src=$A dst=$B proto=esp spi=0x00000801 seq=1 cause=sa-larval \
    match=held state.spi=0x00000801 state.km_state=acq \
    "why=*src_${A}_dst_${B}_esp_spi_0x00000801*larval"

setup() {
    pair
    at b xfrm state allocspi src $A dst $B proto esp reqid 1 mode transport min 0x801 max 0x801
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x801 count=2
}
