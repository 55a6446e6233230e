# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA lived for a second, and then the kernel's timer removed it.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00000106 seq=1 cause=sa-expired match=none \
    deleted.state.spi=0x00000106 deleted.how=timer "why=*spi_0x00000106_ended*hard_limit_of_1_s"

setup() {
    pair
    sa b $A $B 0x106 gcm limit time-hard 1
}

provoke() {
    usleep 3000000
    on a lab-send raw src=$A dst=$B spi=0x106 count=2
}
