# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The queue of an asynchronous cipher (cryptd) is full, on the way out and on the way in: nothing is wrong with the
# packets. A process fills the queue that lets nobody else on its processor but the kernel's thread that takes packets.
# No other scenario uses HMAC-MD5.
variants='4 6'
needs module cryptd
needs without esp_xmit # with esp4_offload another function encrypts, which tells no error
expect netns=a counter=XfrmOutStateProtoError n=3 src=$A dst=$NOWHERE proto=esp cause=crypto-queue-full \
    match=held state.spi=0x00000781 "why=*spi_0x00000781*queue"
expect netns=b counter=XfrmInStateProtoError n=2 src=$A dst=$B proto=esp spi=0x00000782 seq=1 \
    cause=crypto-queue-full match=held state.spi=0x00000782 evidence.errno=28 \
    "why=*spi_0x00000782*queue"

PLACES=1000 # cryptd_max_cpu_qlen
MD5="auth-trunc hmac(md5) $KEY_16 96 enc cbc(aes) $KEY_16"

setup() {
    lab-send cipher 'name=cryptd(authenc(hmac(md5),cbc(aes)))'
    grep -q 'driver.*cryptd(authenc(hmac(md5' /proc/crypto
    pair
    at a link add d0 type dummy
    at a link set d0 up
    at a route add $NOWHERE/$HOST dev d0 src $A
    # shellcheck disable=SC2086
    sa a $A $NOWHERE 0x781 md5 $MD5
    # shellcheck disable=SC2086
    sa b $A $B 0x782 md5 $MD5
    policy a out $A $NOWHERE $TMPL
}

# others_run RT FAIR: how many microseconds of a second real-time processes may run; from Linux 6.12, how many
# nanoseconds all others must
others_run() {
    if [ ! -d /sys/kernel/debug/sched/fair_server ]; then
        echo "$1" >/proc/sys/kernel/sched_rt_runtime_us
    else
        for share in /sys/kernel/debug/sched/fair_server/cpu*/runtime; do
            echo "$2" >"$share"
        done
    fi
}

provoke() {
    others_run -1 0
    on a lab-send first -- sh -c "
        lab-send udp src=$A dst=$NOWHERE sndbuf=16000000 count=$((PLACES + 3))
        lab-send raw src=$A dst=$B spi=0x782 len=64 count=2"
    others_run 950000 50000000
}
