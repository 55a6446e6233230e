# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# States and policies of all kinds.

Z_GCM="aead rfc4106(gcm(aes)) 0x0123456789abcdef0123456789abcdef01234567 128"
Z_CBC="auth-trunc hmac(sha256) 0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef 128 \
enc cbc(aes) 0x0123456789abcdef0123456789abcdef"
Z_AH="auth-trunc hmac(sha256) 0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef 96"

zoo_listeners=

zoo_states() {
    v4='src 10.0.0.1 dst 10.0.0.2' v6='src fd00::1 dst fd00::2'
    cat <<END
xfrm state add $v4 proto esp spi 0x101 mode transport $Z_GCM
xfrm state add $v4 proto esp spi 0x102 reqid 1 mode tunnel $Z_CBC
xfrm state add $v4 proto esp spi 0x103 reqid 4294967295 mode beet $Z_GCM sel src 10.5.0.1 dst 10.5.0.2
xfrm state add $v4 proto ah spi 0x104 reqid 2 mode transport $Z_AH
xfrm state add $v4 proto ah spi 0x105 reqid 2 mode tunnel $Z_AH
xfrm state add $v4 proto comp spi 0x106 reqid 3 mode transport comp deflate
xfrm state add $v4 proto comp spi 0x107 reqid 3 mode tunnel comp deflate
xfrm state add $v4 proto esp spi 0x108 reqid 4 mode tunnel $Z_CBC encap espinudp 4500 4501 10.0.0.9
xfrm state add $v4 proto esp spi 0x109 reqid 4 mode transport $Z_GCM encap espinudp 4500 4500 0.0.0.0
xfrm state add $v4 proto esp spi 0x10a reqid 5 mode tunnel $Z_GCM if_id 0x2a
xfrm state add $v4 proto esp spi 0x10b reqid 5 mode tunnel $Z_GCM mark 0xd00 mask 0xf00
xfrm state add $v4 proto esp spi 0x10b reqid 6 mode tunnel $Z_GCM mark 0xe00 mask 0xf00 if_id 7
xfrm state add $v4 proto esp spi 0x10c reqid 5 mode tunnel $Z_GCM output-mark 0x77
xfrm state add $v4 proto esp spi 0x10d reqid 5 mode tunnel $Z_GCM output-mark 0x77 mask 0xffff mark 1
xfrm state add $v4 proto esp spi 0x10e reqid 5 mode tunnel $Z_GCM replay-window 32
xfrm state add $v4 proto esp spi 0x10f reqid 5 mode tunnel $Z_GCM replay-window 1024 flag esn
xfrm state add $v4 proto esp spi 0x110 reqid 5 mode tunnel $Z_GCM replay-window 4096 flag esn
xfrm state add $v4 proto esp spi 0x111 reqid 5 mode tunnel $Z_GCM replay-window 64 flag esn replay-seq 5 replay-oseq 9 \
replay-seq-hi 1 replay-oseq-hi 2
xfrm state add $v4 proto esp spi 0x112 reqid 5 mode tunnel $Z_GCM replay-seq 0x10 replay-oseq 0x20
xfrm state add src 0.0.0.0 dst 10.0.0.2 proto esp spi 0x113 reqid 1 mode tunnel $Z_GCM mark 0xd00 mask 0xf00
xfrm state add src 10.0.0.1 dst 0.0.0.0 proto esp spi 0x114 reqid 1 mode tunnel $Z_GCM
xfrm state add $v4 proto esp spi 0x115 mode tunnel flag noecn nopmtudisc wildrecv icmp af-unspec align4 $Z_GCM
xfrm state add $v4 proto esp spi 0x116 mode tunnel flag decap-dscp extra-flag dont-encap-dscp $Z_GCM
xfrm state add $v4 proto esp spi 0x117 mode tunnel tfcpad 1400 $Z_GCM
xfrm state add $v4 proto esp spi 0x118 mode tunnel $Z_GCM limit byte-soft 1000000 limit byte-hard 2000000 \
limit packet-soft 18446744073709551614 limit packet-hard 9 limit time-soft 86400 limit time-hard 90000 \
limit time-use-soft 70000 limit time-use-hard 80000
xfrm state add $v4 proto esp spi 0x119 mode transport $Z_GCM sel src 10.1.0.0/16 dst 10.2.0.0/24 proto tcp sport 80 dport 443
xfrm state add $v4 proto esp spi 0x11a mode transport $Z_GCM sel src 10.1.0.1 dst 10.2.0.1 proto icmp type 8 code 0
xfrm state add $v4 proto esp spi 0x11b mode transport $Z_GCM sel src 10.1.0.1 dst 10.2.0.1 proto gre key 5
xfrm state add $v4 proto esp spi 0x11c mode transport $Z_GCM sel src 10.1.0.1 dst 10.2.0.1 proto 200 dev lo
xfrm state add $v4 proto esp spi 0x11e mode tunnel auth hmac(md5) 0x0123456789abcdef0123456789abcdef enc cbc(aes) \
0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
xfrm state add $v4 proto esp spi 0xffffffff mode tunnel $Z_GCM
xfrm state add $v6 proto esp spi 0x201 reqid 1 mode transport $Z_GCM
xfrm state add $v6 proto esp spi 0x202 reqid 1 mode tunnel $Z_CBC mark 5
xfrm state add $v6 proto ah spi 0x203 reqid 1 mode transport $Z_AH
xfrm state add $v6 proto comp spi 0x204 reqid 1 mode tunnel comp deflate
xfrm state add $v6 proto esp spi 0x205 reqid 1 mode beet $Z_GCM sel src fd05::1 dst fd05::2
xfrm state add $v6 proto esp spi 0x206 reqid 1 mode tunnel $Z_GCM sel src fd01::/64 dst fd02::/48 proto udp dport 53
xfrm state add $v6 proto esp spi 0x207 mode tunnel $Z_GCM sel src 10.1.0.0/16 dst 10.2.0.0/16
xfrm state add src :: dst fd00::2 proto esp spi 0x208 mode tunnel $Z_GCM if_id 0xffffffff
xfrm state add $v6 proto route2 mode ro coa fd00::c
xfrm state add $v6 proto hao mode ro coa fd00::d
END
}

zoo_policies() {
    v4='src 10.1.0.0/16 dst 10.2.0.0/16' v6='src fd01::/64 dst fd02::/64'
    t4='tmpl src 10.0.0.1 dst 10.0.0.2' t6='tmpl src fd00::1 dst fd00::2'
    cat <<END
xfrm policy add dir out $v4 $t4 proto esp reqid 1 mode tunnel
xfrm policy add dir in $v4 priority 10 $t4 proto esp reqid 1 mode tunnel level use
xfrm policy add dir fwd $v4 priority 4294967295 $t4 proto esp spi 0x55 reqid 1 mode transport
xfrm policy add dir out $v4 mark 1 mask 0xff if_id 5 $t4 proto comp reqid 1 mode tunnel \
tmpl proto esp reqid 2 mode transport level use tmpl proto ah reqid 3 mode transport
xfrm policy add dir out src 10.3.0.1 dst 10.3.0.2 action block priority 3
xfrm policy add dir out src 10.3.0.1 dst 10.3.0.2 proto tcp sport 80 dport 443 $t4 proto esp mode tunnel
xfrm policy add dir out src 10.3.0.1 dst 10.3.0.2 proto icmp type 8 code 0
xfrm policy add dir out src 10.3.0.1 dst 10.3.0.2 proto gre key 7
xfrm policy add dir out src 10.3.0.1 dst 10.3.0.2 proto 200 dev lo
xfrm policy add dir out src 10.3.0.3 dst 10.3.0.4 flag localok icmp
xfrm policy add dir in src 10.3.0.5 dst 10.3.0.6 limit byte-soft 5 limit byte-hard 6 limit packet-soft 7 \
limit packet-hard 8 limit time-soft 80000 limit time-hard 90000 limit time-use-soft 70000 limit time-use-hard 75000
xfrm policy add dir out $v6 $t6 proto esp reqid 1 mode tunnel
xfrm policy add dir fwd $v6 priority 2 $t4 proto esp reqid 1 mode tunnel
xfrm policy add dir in $v6 ptype main $t6 proto ah reqid 1 mode transport
xfrm policy add dir in src ::/0 dst ::/0 priority 900
xfrm policy add dir in src 0.0.0.0/0 dst 0.0.0.0/0 priority 900
xfrm policy add dir out src 10.6.0.0/16 dst 10.7.0.0/16 ptype sub priority 4 $t4 proto esp reqid 9 mode tunnel
xfrm policy add dir out src 10.6.0.0/16 dst 10.7.0.0/16 priority 4 tmpl proto esp reqid 1 mode beet \
tmpl proto esp reqid 2 mode beet tmpl proto esp reqid 3 mode transport tmpl proto esp reqid 4 mode transport \
tmpl proto esp reqid 5 mode transport tmpl proto esp reqid 6 mode transport
END
}

# one_by_one NETNS: lines of ip(8), by its path since busybox would run its own, in the netns; those that the kernel does not know are named
one_by_one() {
    place="-n $1"
    [ "$1" != init ] || place=
    while read -r line; do
        # shellcheck disable=SC2086
        echo "$line" | xargs /usr/sbin/ip $place || echo "refused: $line"
    done
}

# zoo NETNS SALT
zoo() {
    zoo_states | one_by_one "$1"
    zoo_policies | one_by_one "$1"
    echo "xfrm state add src 10.8.0.$2 dst 10.8.0.9 proto esp spi $2 mode tunnel $Z_GCM" | one_by_one "$1"
    echo 'link set lo up' | one_by_one "$1"
    zoo_listeners="$zoo_listeners $(lab-send in "$1" lab-send listen src=127.0.0.1 sport=77 policy=in:allow)"
    zoo_listeners="$zoo_listeners $(lab-send in "$1" lab-send listen src=::1 sport=77 policy=out:block)"
}

# What is changed while xfrm-snap runs.
zoo_policies_more() {
    ip -n "$1" -batch - <<END
xfrm policy update dir out src 10.3.0.1 dst 10.3.0.2 action block priority 4
xfrm policy delete dir in src ::/0 dst ::/0
xfrm state update src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x101 mode transport $Z_GCM limit byte-soft 77
xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x102
END
}
