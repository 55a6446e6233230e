# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What is forwarded in clear meets a fwd policy, and two out policies of one priority take it, too: which of them the
# kernel would take is not told. Where both say from which side the packet is, that is told; where they do not, or one of
# them lets it pass in clear, nothing is.
variants='4 6'
case $A in *:*) NET=fd00::/8 ;; *) NET=10.0.0.0/8 ;; esac
expect netns=b counter=XfrmInTmplMismatch n=2 src=$FAR dst=$A proto=udp sport=1000 dport=11 cause=forward-into-tunnel \
    near_policy.policy.dir=out near_policy.differs=dir "why=*was_on_its_way_into_the_tunnel"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$FAR proto=udp sport=1000 dport=11 cause=plaintext \
    "why=*end_${B}_is_on_the_device_that_it_came_in_by"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$FAR dst=$A proto=udp sport=1000 dport=12 cause=unknown \
    "why=*or_was_on_its_way_into_it*open_which_out_policy"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$FAR dst=$A proto=udp sport=1000 dport=13 cause=unknown \
    "why=*or_was_on_its_way_into_it*open_which_out_policy"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$FAR proto=udp sport=1000 dport=13 cause=plaintext

setup() {
    chain
    wide fwd $A $B dport 11 && wide out $B $A dport 11 && wide out $B $A sport 1000 dport 11
    wide fwd $A $B dport 12 && wide out $B $A dport 12 && wide out $GATE $A sport 1000 dport 12
    wide fwd $A $B dport 13 && wide out $B $A dport 13
    at b xfrm policy add dir out src $NET dst $NET proto udp sport 1000 dport 13
}

provoke() {
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=11 count=2
    on a lab-send udp src=$A dst=$FAR sport=1000 dport=11
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=12
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=13
    on a lab-send udp src=$A dst=$FAR sport=1000 dport=13
}
