# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An error in a process' own call names the process; one in a soft interrupt that happens to run on its back names none.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=esp spi=0x00003501 process=null \
    "why=*spi_0x00003501"

setup() {
    pair
    policy a out $A $FAR $TMPL
    at a route add $FAR/$HOST via $B dev va
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x3501
    lab-send in "$scenario.a" lab-send udp src=$A dst=$FAR sport=1000 &
    expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$FAR proto=udp sport=1000 dport=9 process.comm=lab-send \
        process.pid=$!
    wait $!
}
