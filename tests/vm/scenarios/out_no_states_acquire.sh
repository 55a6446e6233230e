# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A key manager listens, was asked, and has not answered.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=acquire-pending process.comm=lab-send \
    "why=*asked_the_key_manager_for_an_SA_to_${B}"

setup() {
    alone
    policy a out $A $B $TMPL
    flush
    await_acquires a
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
