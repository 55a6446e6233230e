# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The modules of ESP and AH are not there. A protocol that nobody knows is no affair of IPsec.
variants='4'
for family in 4 6; do
    choose_family $family
    expect netns=b loss=no-handler n=2 packets=1 src=$A dst=$B proto=esp spi=0x00006501 seq=1 state=null
    expect netns=b loss=no-handler n=3 packets=1 src=$A dst=$B proto=ah spi=0x00006502 seq=1 state=null
done
choose_family 4

setup() {
    pair
    choose_family 6
    address a va $A $B 02:00:00:00:00:0b
    address b vb $B $A 02:00:00:00:00:0a
    choose_family 4
    flush
    rmmod esp4 esp6 ah4 ah6 # this is the first scenario: no SA holds them yet
}

provoke() {
    for family in 4 6; do
        choose_family $family
        on a lab-send raw src=$A dst=$B proto=253 hex=00000000 count=2
        on a lab-send raw src=$A dst=$B spi=0x6501 count=2
        on a lab-send raw src=$A dst=$B proto=ah spi=0x6502 count=3
    done
}

play() {
    setup
    snap_start_own
    watch_counters
    provoke
    wait_counters
    snap_stop_own
    for module in esp4 esp6 ah4 ah6; do
        modprobe $module
    done
}
