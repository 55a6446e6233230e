# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# All loss sites, those of --after-decryption too: what healthy packets of the kinds that pass near them cost, what drops
# cost that are no loss of IPsec, and a loss.

VIA_A=10.77.0.1 # on the xfrm interfaces
VIA_B=10.77.0.2
FIRST_PORT=20 # of the ports in the datagrams below

more_hosts() {
    modprobe xfrm_interface
    on b sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'
    for end in a b; do
        at $end link add xi type xfrm dev v$end if_id 7
        at $end link set xi up
    done
    at a address add $VIA_A/24 dev xi
    at b address add $VIA_B/24 dev xi
    both $A $B 0x111 gcm mode tunnel reqid 7 if_id 7
    at a xfrm policy add dir out if_id 7 tmpl src $A dst $B proto esp reqid 7 mode tunnel
    at b xfrm policy add dir in if_id 7 tmpl src $A dst $B proto esp reqid 7 mode tunnel
    both $A $B 0x112 gcm reqid 8 encap espinudp 4500 4500 0.0.0.0
    policy a out $A $B proto udp dport $FIRST_PORT tmpl proto esp reqid 8 mode transport
    flush
    listen b $VIA_B
    listen b $B 4500 encap=1
    listen b $B $FIRST_PORT
    listen c $FAR $FIRST_PORT
    on b nft 'table inet n { chain i { type filter hook input priority 0; udp dport 22 drop; }; }'
}

# kinds WHEN
kinds() {
    result "healthy/$1/gso" "$(least on a lab-send udp src=$A dst=$FAR len=1200 segment=100)" ns/packet
    result "healthy/$1/interface" "$(least on a lab-send udp src=$VIA_A dst=$VIA_B)" ns/packet
    result "healthy/$1/nat-t" "$(least on a lab-send udp src=$A dst=$B dport=$FIRST_PORT)" ns/packet
    drops "$1"
}

# drops WHEN
drops() {
    result "drop/$1/closed-port" "$(least on a lab-send udp src=$A dst=$B dport=21)" ns/packet
    result "drop/$1/firewall" "$(least on a lab-send udp src=$A dst=$B dport=22)" ns/packet
    result "drop/$1/keepalive" "$(least on a lab-send udp src=$A dst=$B sport=4500 dport=4500 hex=ff)" ns/packet
    result "drop/$1/rp-filter" "$(least on a lab-send flood src=$A dst=$B from=203.0.0.0)" ns/packet
}

short() {
    on a lab-send udp src=$A dst=$B sport=4500 dport=4500 hex=000063010000000100000000 "$@"
}

# Healthy packets of these kinds run none of the programs.
unseen() {
    echo 1 >/proc/sys/kernel/bpf_stats_enabled
    on a lab-send udp src=$A dst=$FAR len=1200 segment=100 count=100
    on a lab-send udp src=$VIA_A dst=$VIA_B count=100
    on a lab-send udp src=$A dst=$B dport=$FIRST_PORT count=100
    ran=$(bpftool prog show | grep -E 'name on_(loss|increment|mark) .* run_cnt')
    echo 0 >/proc/sys/kernel/bpf_stats_enabled
    [ -z "$ran" ] || problem "healthy packets: $ran"
}

# lost NAME: ESP that is too short
lost() {
    result "loss/$1" "$(each short)" ns/packet
}

part_losses() {
    more_hosts
    kinds warm
    kinds without
    lost without
    begin --rate 1
    sleep 2
    kinds usual
    finish
    begin --rate 1 --after-decryption
    sleep 2
    kinds attached
    unseen
    quiet
    ! grep '"type":"loss"' /tmp/rest || problem "a loss was told where there was none"
    lost suppressed
    finish
    grep -q '"losses":{"too-short"' /tmp/rest || problem "the loss was not told: $(tail -1 /tmp/rest)"
    begin --rate 0 --after-decryption
    result loss/full "$(printed on a lab-send raw proto=comp src=$A dst=$B spi=0x905)" ns/packet
    finish
}
