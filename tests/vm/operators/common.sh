# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions that several cases share.

# What every run of `filters` and `filters-each` meets: in b 5 and 3 packets with unknown SPIs and 3 and 2 flows without an SA, in a 4
# packets. $UNSERVED is what the policy is for.
UNSERVED=10.0.0.77
provoke_all() {
    on a lab-send raw src=$A dst=$B spi=0x99 seq=1 count=5 >/dev/null
    on a lab-send raw src=$A dst=$B spi=0x98 seq=1 count=3 >/dev/null
    on b lab-send udp src=$B dst=$UNSERVED sport=1000 mark=7 count=3 >/dev/null
    on b lab-send udp src=$B dst=$UNSERVED sport=1000 mark=9 count=2 >/dev/null
    on b lab-send raw src=$B dst=$A spi=0x97 seq=1 count=4 >/dev/null
}

# filtered NAME [OPTION...]
filtered() {
    snap_launch "$scenario/$@"
    provoke_all
    finish "$scenario/$1"
}

begin_filters() {
    two_hosts "$1"
    modprobe esp4
    policy b out $B $UNSERVED $TMPL
}

# ask NAME PATH: what the server says; nothing if it refuses
ask() {
    wget -q -O "/out/$case/$1" "http://127.0.0.1:9731$2" || echo refused >>"/out/$case/$1"
}

# A process of another user, $stranger, which alone holds its netns.
meet_stranger() {
    unshare -n /lab/setpriv --reuid 1000 --clear-groups sleep 10000 &
    stranger=$!
    wait_for 60 grep -qx sleep "/proc/$stranger/comm"
    nsenter -t "$stranger" -n ip link set lo up
    echo "$stranger" >"/out/$case/stranger"
}

errors_of_stranger() {
    nsenter -t "$stranger" -n lab-send raw src=127.0.0.1 dst=127.0.0.1 spi=0x99 count=2 >/dev/null
}

# told RUN TEXT: waits until the run has printed it
told() {
    lab-send await "file=/out/$1.json" "text=$2" "pid=$snap" || true
}
