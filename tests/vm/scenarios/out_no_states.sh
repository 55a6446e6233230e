# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A policy wants ESP, and there is no SA.
variants='4 6 4-init 6-init'
init_key=a
expect netns=a counter=XfrmOutNoStates n=3 src=$A dst=$B proto=udp sport=1000 dport=9 mark=0x7 spi=null seq=null \
    cause=sa-missing match=none process.comm=lab-send \
    "why=*esp_reqid_1_mode_transport_to_${B}*no_SA_at_all"

setup() {
    alone
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 mark=7 count=3
}
