# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The next hop of an ESP packet does not answer. One of a plain packet that does not is no loss of IPsec.
variants='4 6'
case $A in
*:*) SILENT=fd00::9 SILENT_TOO=fd00::8 ;;
*) SILENT=10.0.0.9 SILENT_TOO=10.0.0.8 ;;
esac
expect netns=a loss=next-hop-dead n=2 packets=1 src=$A dst=$SILENT proto=esp spi=0x00006a01 state.spi=0x00006a01

setup() {
    pair
    for family in ipv4 ipv6; do
        on a sh -c "cd /proc/sys/net/$family/neigh/va; echo 1 >mcast_solicit; echo 100 >retrans_time_ms"
    done
    sa a $A $SILENT 0x6a01 gcm
    policy a out $A $SILENT $TMPL
    both $A $B 0x6a02 gcm
    policy a out $A $B $TMPL
    listen b $B
}

provoke() {
    on a lab-send udp src=$A dst=$B
    on a lab-send udp src=$A dst=$SILENT_TOO
    on a lab-send udp src=$A dst=$SILENT count=2
    await_losses a 2
}
