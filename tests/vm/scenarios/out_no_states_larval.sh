# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The larval SA that was asked for because of one flow stands for the others of the policy, too.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=acquire-pending process.comm=lab-send \
    "why=*asked_the_key_manager_for_an_SA_to_${B}"
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp sport=1001 dport=10 cause=acquire-pending \
    match=exact state.spi=null~0x00000000 "why=*asked_the_key_manager_for_an_SA_to_${B}"

setup() {
    alone
    policy a out $A $B $TMPL
    flush
    await_acquires a
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000
    on a lab-send udp src=$A dst=$B sport=1001 dport=10 count=2
}
