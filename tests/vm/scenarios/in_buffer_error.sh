# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An inbound policy with as many templates as a secpath has places.
variants='4 6'
expect netns=b counter=XfrmInBufferError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=nested-too-deep "why=*6_templates"

setup() {
    pair
    policy b in $A $B $TMPL $TMPL $TMPL $TMPL $TMPL $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
