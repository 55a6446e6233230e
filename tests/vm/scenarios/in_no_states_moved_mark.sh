# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An SA was deleted whose mark the packet lacks, too; its SPI lives on for another destination. Of two
# that were deleted, the one that the mark fits is told, also where it went first.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00000003 seq=3 mark=0x0 cause=sa-deleted \
    deleted.state.dst=$B deleted.state.mark=0xd00/0xf00 deleted.how=netlink deleted.by.comm=ip \
    "why=*dst_${B}_esp_spi_0x00000003_was_deleted*by_ip[*0xd00/0xf00"
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=esp spi=0x00000004 mark=0x0 cause=sa-deleted \
    deleted.state.reqid=1 deleted.state.spi=0x00000004 "why=*spi_0x00000004_was_deleted*"

setup() {
    pair
    sa b $A $B 3 gcm mode tunnel mark 0xd00 mask 0xf00
    sa b $A $B 4 gcm reqid 2 mark 0xd00 mask 0xf00
    sa b $A $B 4 gcm reqid 1
}

provoke() {
    at b xfrm state delete src $A dst $B proto esp spi 3 mark 0xd00 mask 0xf00
    sa b $A $IN_B 3 gcm mode tunnel mark 0xd00 mask 0xf00
    on a lab-send raw src=$A dst=$B spi=3 seq=3 count=2
    at b xfrm state delete src $A dst $B proto esp spi 4
    at b xfrm state delete src $A dst $B proto esp spi 4 mark 0xd00 mask 0xf00
    on a lab-send raw src=$A dst=$B spi=4
}
