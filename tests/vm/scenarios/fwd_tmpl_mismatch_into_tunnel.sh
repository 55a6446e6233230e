# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a gateway forwards into a tunnel meets a fwd policy for all addresses, which is for what comes out of it; also
# with one mark for both ways. What the
# other side sends in clear meets the same policies: which side a packet is from is told by the policies, where they
# tell the two directions apart, or by the device that has the tunnel's end. An out policy with another mark than the
# packet's may yet wait for it: a VTI, or nftables, may set that.
variants='4 6'
case $A in *:*) NET=fd00::/8 ;; *) NET=10.0.0.0/8 ;; esac
expect netns=b counter=XfrmInTmplMismatch n=2 src=$FAR dst=$A proto=udp sport=1000 dport=11 spi=null ifname=wb \
    cause=forward-into-tunnel state=null evidence.policy_dir=fwd "why=*${FAR}_->_${A}*out"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$FAR dst=$A proto=udp sport=1000 dport=12 mark=0x9 \
    cause=forward-into-tunnel policy.mark=0x9/0xff "why=*out"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$FAR dst=$A proto=udp sport=1000 dport=13 cause=plaintext
expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$FAR proto=udp sport=1000 dport=11 ifname=vb cause=plaintext \
    evidence.policy_dir=fwd "why=*in_clear*end_${B}_is_on_the_device_that_it_came_in_by"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$FAR dst=$A proto=udp sport=1000 dport=14 cause=unknown \
    near_policy.policy.dir=out "why=*or_was_on_its_way_into_it"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$FAR proto=udp sport=1000 dport=15 cause=forward-into-tunnel \
    "why=*${A}_->_${FAR}*out"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$FAR dst=$A proto=udp sport=1000 dport=16 mark=0x9 cause=unknown \
    near_policy.policy.mark=0x5/0xff near_policy.policy.dir=out "why=*or_was_on_its_way_into_it"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$FAR proto=udp sport=1000 dport=16 cause=plaintext \
    "why=*in_clear"

setup() {
    chain
    sa b $B $A 0x2031 gcm mode tunnel
    on b tc qdisc add dev wb clsact
    on b tc filter add dev wb ingress matchall action skbedit mark 9
    wide out $B $A dport 11 && wide fwd $A $B dport 11
    wide out $B $A dport 12 mark 9 mask 0xff && wide fwd $A $B dport 12 mark 9 mask 0xff
    wide fwd $A $B dport 13
    wide out $NOWHERE $A dport 14 && wide fwd $A $NOWHERE dport 14 # the end is on neither device
    wide fwd $A $B dport 15
    wide out $B $A dport 16 mark 5 mask 0xff && wide fwd $A $B dport 16
    policy b out $A $FAR proto udp dport 15 tmpl src $B dst $A proto esp reqid 1 mode tunnel
}

provoke() {
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=11 count=2
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=12
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=13
    on a lab-send udp src=$A dst=$FAR sport=1000 dport=11 count=2
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=14
    on a lab-send udp src=$A dst=$FAR sport=1000 dport=15
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=16
    on a lab-send udp src=$A dst=$FAR sport=1000 dport=16
}
