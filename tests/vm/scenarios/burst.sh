# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A thousand errors at once, each with its own sequence number: none is lost, and their sum is exact.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=1000 src=$A dst=$B proto=esp spi=0x00003001

setup() {
    pair
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x3001 count=1000 step=1
}
