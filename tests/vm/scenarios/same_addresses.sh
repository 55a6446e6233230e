# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Two pairs of namespaces with the same addresses and SPI: their errors are told apart.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00003201 seq=1
expect netns=d counter=XfrmInNoStates n=3 src=$A dst=$B proto=esp spi=0x00003201 seq=1

setup() {
    pair
    namespaces c d
    wire c va 02:00:00:00:00:0a d vb 02:00:00:00:00:0b
    address c va $A $B 02:00:00:00:00:0b
    address d vb $B $A 02:00:00:00:00:0a
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x3201 count=2
    on c lab-send raw src=$A dst=$B spi=0x3201 count=3
}
