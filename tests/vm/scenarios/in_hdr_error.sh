# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
# ESP and AH shorter than their headers.
variants='4 6 4-init'
expect netns=b counter=XfrmInHdrError n=2 src=$A dst=$B proto=esp spi=null seq=null cause=header-truncated
expect netns=b counter=XfrmInHdrError n=3 src=$A dst=$B proto=ah spi=null seq=null cause=header-truncated

setup() {
    pair
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x99 cut=4 count=2
    on a lab-send raw proto=ah src=$A dst=$B spi=0x99 cut=10 count=3
}
