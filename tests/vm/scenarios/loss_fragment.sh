# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Of ESP packets only the first fragment comes: two packets by IPv6, by IPv4 one that comes twice. The same of UDP is no
# loss of IPsec.
variants='4 6'
case $A in
*:*) lost=2 ;;
*) lost=1 ;;
esac
expect netns=b loss=fragment-lost n=$lost packets=1 src=$A dst=$B spi=0x00006e01

# fragment PROTOCOL-IN-HEXADECIMAL PAYLOAD ID: the first one of several
fragment() {
    case $A in
    *:*) on a lab-send packet src=$A dst=$B proto=44 hex=${1}000001000000${3}${2} ;;
    *) on a lab-send packet src=$A dst=$B proto=$((0x$1)) more=1 hex=$2 ;;
    esac
}

setup() {
    pair
    on b sh -c 'echo 1 >/proc/sys/net/ipv4/ipfrag_time; echo 1 >/proc/sys/net/ipv6/ip6frag_time'
}

provoke() {
    fragment 11 03e8000900200000 21
    fragment 32 00006e01000000010000000000000000 22
    fragment 32 00006e01000000020000000000000000 23
    await_losses b $lost
}
