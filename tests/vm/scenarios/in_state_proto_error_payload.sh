# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Decrypts well, but is a dummy packet: next header 59.
variants='4 6'
expect netns=b counter=XfrmInStateProtoError n=2 src=$A dst=$B spi=0x00000055 proto=esp seq=1 \
    cause=malformed-payload match=held state.spi=0x00000055 \
    evidence.integrity_failed.before=0 evidence.integrity_failed.after=0 "why=*spi_0x00000055*stayed_at_0"

setup() {
    pair
    sa b $A $B 0x55 null
}

provoke() {
    on a lab-send null src=$A dst=$B spis=0x55 next=59 count=2
}
