# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A packet for an SA that is for output only.
variants='4 6'
needs counter XfrmInStateDirError
expect netns=b counter=XfrmInStateDirError n=2 src=$A dst=$B proto=esp spi=0x00000b01 seq=1 \
    cause=direction-mismatch state.spi=0x00000b01 \
    "why=*spi_0x00000b01_was_made_for_direction_out"

setup() {
    pair
    on b lab-send state src=$A dst=$B spi=0xb01 dir=out
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0xb01 count=2
}
