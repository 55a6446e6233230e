# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a gateway forwards into a tunnel meets a fwd policy for all addresses, which is for what comes out of it; also
# with one mark for both ways.
variants='4 6'
case $A in *:*) NET=fd00::/8 ;; *) NET=10.0.0.0/8 ;; esac
expect netns=b counter=XfrmInTmplMismatch n=2 src=$FAR dst=$A proto=udp sport=1000 dport=11 spi=null ifname=wb \
    cause=forward-into-tunnel state=null evidence.policy_dir=fwd "why=*${FAR}_->_${A}*out"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$FAR dst=$A proto=udp sport=1000 dport=12 mark=0x9 \
    cause=forward-into-tunnel policy.mark=0x9/0xff "why=*out"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$FAR dst=$A proto=udp sport=1000 dport=13 cause=plaintext

# wide DIR FROM TO WORD...: a policy of b for all addresses, that asks for a tunnel from one end to the other
wide() {
    dir=$1 from=$2 to=$3
    shift 3
    at b xfrm policy add dir "$dir" src $NET dst $NET proto udp "$@" tmpl src "$from" dst "$to" proto esp reqid 1 \
        mode tunnel
}

setup() {
    chain
    sa b $B $A 0x2031 gcm mode tunnel
    on b tc qdisc add dev wb clsact
    on b tc filter add dev wb ingress matchall action skbedit mark 9
    wide out $B $A dport 11 && wide fwd $A $B dport 11
    wide out $B $A dport 12 mark 9 mask 0xff && wide fwd $A $B dport 12 mark 9 mask 0xff
    wide fwd $A $B dport 13
}

provoke() {
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=11 count=2
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=12
    on c lab-send udp src=$FAR dst=$A sport=1000 dport=13
}
