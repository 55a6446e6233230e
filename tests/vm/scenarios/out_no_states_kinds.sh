# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# TCP and ICMP, for which there is no SA. One connect() looks up its route three times.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=3 src=$A dst=$B proto=tcp sport=1001 dport=80 spi=null cause=sa-missing \
    process.comm=lab-send \
    "why=*mode_transport_to_${B}"
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=$ICMP sport=null dport=null spi=null \
    cause=sa-missing process.comm=lab-send \
    "why=*mode_transport_to_${B}"

setup() {
    alone
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send tcp src=$A dst=$B sport=1001 dport=80
    on a lab-send icmp src=$A dst=$B count=2
}
