# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One namespace takes a flow out of a tunnel, and ipvlan hands it to another one, where the SA counts for nothing.
variants='4 6'
needs module ipvlan
expect netns=c counter=XfrmInNoPols n=2 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=9 spi=null \
    cause=netns-crossed match=held state.spi=0x00004101 \
    "why=*esp_spi_0x00004101_in_netns_$scenario.b*handed_to_netns_$scenario.c"

setup() {
    pair
    namespaces c
    sa a $A $B 0x4101 gcm mode tunnel
    sa b $A $B 0x4101 gcm mode tunnel
    policy a out $IN_A $IN_B tmpl src $A dst $B proto esp reqid 1 mode tunnel
    at b address del $IN_B/$HOST dev vb
    place_of c
    at b link add link vb name iv netns "$place" type ipvlan mode l3
    at c link set iv addrgenmode none
    at c link set iv up
    at c address add $IN_B/$HOST dev iv $NODAD
}

provoke() {
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 count=2
}
