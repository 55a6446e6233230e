# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions that several cases share.

# start RUN [OPTION...]: its lines go to /out/CASE/RUN.json; sets $snap
start() {
    name=$1
    shift
    snap_launch "$case/$name" "$@"
}

# stop RUN
stop() {
    snap_end
    echo $code >"/out/$case/$1.code"
}

# asked NAME WORD...: what xfrm-snap answers goes to /out/CASE/NAME, compressed
asked() {
    name=$1
    shift
    code=0
    xfrm-snap "$@" >/tmp/asked 2>"/out/$case/$name.err" || code=$?
    gzip -c /tmp/asked >"/out/$case/$name.gz"
    echo $code >"/out/$case/$name.code"
}

# listed NETNS...: what ip(8) says of them, to /out/CASE/ip/NETNS.{states,policies}, without and with statistics
listed() {
    mkdir -p "/out/$case/ip"
    for one; do
        place="-n $one"
        [ "$one" != init ] || place=
        # shellcheck disable=SC2086
        {
            ip $place xfrm state list nokeys | gzip >"/out/$case/ip/$one.states.gz"
            ip $place -s xfrm state list nokeys | gzip >"/out/$case/ip/$one.states-s.gz"
            ip $place xfrm policy | gzip >"/out/$case/ip/$one.policies.gz"
            ip $place -s xfrm policy | gzip >"/out/$case/ip/$one.policies-s.gz"
        }
    done
}

# at LINE...: of ip(8), in the step's netns
at() {
    printf '%s\n' "$@" | ip -n "$netns" -batch - >/dev/null
}

on() {
    lab-send in "$netns" "$@"
}

# A device that swallows all it is given.
interface() {
    at 'link set lo up' 'link add d0 type dummy' 'link set d0 addrgenmode none' 'link set d0 up' \
        "address add $A/24 dev d0" 'address add fd00::1/64 dev d0 nodad'
}

# A netns goes after its name. One that goes after all others, and then once more, takes a device of ours with it.
wait_gone() {
    for _ in 1 2; do
        ip netns add last
        ip link add before type veth peer name behind netns last
        ip netns delete last
        wait_for 30 sh -c '! [ -e /sys/class/net/before ]' || echo 'netns do not go away'
    done
}

# Their states go at once, a netns some time later: the next case is not to see it.
forget() {
    for one; do
        ip -n "$one" xfrm state flush
        ip netns delete "$one"
    done
    ip xfrm state flush
    ip xfrm policy flush
    ip xfrm policy flush ptype sub
    wait_gone
}
