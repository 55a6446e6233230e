# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway should protect what it forwards, and has no SA.
variants='4 6'
expect netns=b counter=XfrmOutNoStates n=2 src=$A dst=$FAR proto=udp sport=1000 dport=9 spi=null cause=sa-missing \
    process=null \
    "why=*esp_reqid_1_mode_tunnel_to_${FAR}*no_SA_at_all"

setup() {
    chain
    policy b out $A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
}

provoke() {
    on a lab-send udp src=$A dst=$FAR sport=1000 count=2
}
