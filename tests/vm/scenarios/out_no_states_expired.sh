# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA that the policy wants lived for a second, and then the kernel's timer removed it.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null cause=sa-expired \
    state=null deleted.state.spi=0x00001006 deleted.how=timer "why=*spi_0x00001006_was_ended*hard_limit_of_1_s"

setup() {
    alone
    sa a $A $B 0x1006 gcm limit time-hard 1
    policy a out $A $B $TMPL
}

provoke() {
    usleep 3000000
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
