# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A key manager deleted the SA of one destination and gave its SPI to another one; the peer still sends to the first.
# tc sets the mark that both SAs want.
variants='4 4-init'
FIRST=192.168.139.255 SECOND=192.168.60.90 PEER=192.168.112.29
expect netns=b counter=XfrmInNoStates n=1 src=$PEER dst=$FIRST proto=esp spi=0x00000003 seq=3 mark=0xd00 ifname=vb \
    cause=sa-deleted match=nearest differs=daddr state.src=0.0.0.0 state.dst=$SECOND state.proto=esp \
    state.spi=0x00000003 state.reqid=1 state.mode=tunnel state.mark=0xd00/0xf00 state.if_id=0x0 \
    'state.alg=rfc4106(gcm(aes))' state.km_state=valid state.lifetime.packets=0 \
    deleted.state.src=0.0.0.0 deleted.state.dst=$FIRST deleted.state.spi=0x00000003 deleted.state.reqid=1 \
    deleted.state.mode=tunnel deleted.state.mark=0xd00/0xf00 deleted.how=netlink deleted.by.comm=ip \
    deleted.ago_ms=0..20000 policy=null \
    "why=*dst_${FIRST}_esp_spi_0x00000003_was_deleted*by_ip[*SPI_now_belongs_to_the_SA_to_${SECOND}"

moving_sa() {
    sa b 0.0.0.0 "$1" 3 gcm mode tunnel mark 0xd00 mask 0xf00
}

setup() {
    pair
    inner a va $PEER $FIRST $B
    inner b vb $FIRST $PEER $A
    moving_sa $FIRST
    on b tc qdisc add dev vb clsact
    on b tc filter add dev vb ingress matchall action skbedit mark 0xd00
}

provoke() {
    at b xfrm state delete src 0.0.0.0 dst $FIRST proto esp spi 3 mark 0xd00 mask 0xf00
    moving_sa $SECOND
    on a lab-send raw src=$PEER dst=$FIRST spi=3 seq=3
}
