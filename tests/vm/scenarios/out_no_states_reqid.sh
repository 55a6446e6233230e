# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA to the destination has another reqid than the policy's template.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=template-no-sa match=nearest differs=reqid state.spi=0x00001001 state.reqid=2 \
    "why=*spi_0x00001001*has_reqid_2_instead_of_1"

setup() {
    alone
    sa a $A $B 0x1001 gcm reqid 2
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
