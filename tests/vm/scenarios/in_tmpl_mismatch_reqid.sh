# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Protected, but by an SA with another reqid than the policy's template.
variants='4 6'
expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=template-mismatch match=held state.spi=0x00000901 state.reqid=2 \
    "why=*spi_0x00000901_with_reqid_2*demands_reqid_1"

setup() {
    pair
    sa a $A $B 0x901 gcm
    sa b $A $B 0x901 gcm reqid 2
    policy a out $A $B $TMPL
    policy b in $A $B $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
