# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions that several parts share.

SOME=1000 # packets
MORE=11000

result() {
    echo "$1 $2 $3" >>/out/results
    echo "$1 $2 $3"
}

problem() {
    echo "$*" >>/out/problems
    echo "problem: $*"
}

now() {
    lab-send now
}

# took COMMAND...: instructions
took() {
    began=$(now)
    "$@" >/dev/null 2>&1
    echo $(($(now) - began))
}

# each COMMAND...: instructions per packet; the command is given count=. What happens once happens before.
each() {
    took "$@" count=$SOME >/dev/null
    few=$(took "$@" count=$SOME)
    many=$(took "$@" count=$MORE)
    echo $(((many - few) / (MORE - SOME)))
}

# least COMMAND...: the least of three measurements, in which the fewest timers fell
least() {
    best=$(each "$@")
    for _ in 2 3; do
        again=$(each "$@")
        [ "$again" -ge "$best" ] || best=$again
    done
    echo "$best"
}

# Instructions while the processor was not idle, those of the kernel's workers included.
busy() {
    echo $(($(now) - $(sed -n 's/.*idle_sleeptime *: *\([0-9]*\) nsecs/\1/p' /proc/timer_list)))
}

# Sets $snap, $ready_ns; its lines can be read from descriptor 3.
begin() {
    rm -f /tmp/lines
    mkfifo /tmp/lines
    began=$(now)
    /lab/xfrm-snap --json "$@" >/tmp/lines 2>/tmp/err &
    snap=$!
    exec 3</tmp/lines
    read -r ready <&3
    ready_ns=$(($(now) - began))
    cat <&3 >/tmp/rest &
    reader=$!
}

# Sets $stop_ns.
finish() {
    exec 3<&-
    began=$(now)
    kill -INT $snap
    wait $snap
    stop_ns=$(($(now) - began))
    wait $reader
}

# Returns when what happened is printed: the process has done next to nothing for a second.
quiet() {
    before=0
    while :; do
        sleep 1
        spent=$(($(cut -d' ' -f14,15 /proc/$snap/stat | tr ' ' +)))
        [ $((spent - before)) -gt 5 ] || return 0
        before=$spent
    done
}

# printed COMMAND...: instructions per packet until its line is printed, the process' own included. What happens once
# happens before; all that is sent has room in the ring buffer, whoever runs first.
printed() {
    until_quiet "$@" count=500 >/dev/null
    few=$(until_quiet "$@" count=500)
    many=$(until_quiet "$@" count=2000)
    echo $(((many - few) / 1500))
}

until_quiet() {
    began=$(busy)
    "$@" >/dev/null 2>&1
    quiet
    echo $(($(busy) - began))
}

rss() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$snap/status
}

# Of all maps, KiB.
maps() {
    sum=0
    for bytes in $(bpftool map list | sed -n 's/.*memlock \([0-9]*\)B.*/\1/p'); do
        sum=$((sum + bytes / 1024))
    done
    echo $sum
}

# a --- b --- c: ESP between a and b in transport and in tunnel mode, and between b and c in tunnel mode for what b
# forwards.
hosts() {
    scenario=bench home='' made='' names='' lines_wires='' lines_a='' lines_b='' lines_c='' listeners='' playing=''
    choose_family 4
    chain
    sa a $A $B 0x101 gcm
    sa b $A $B 0x101 gcm
    policy a out $A $B proto udp dport 9 $TMPL
    tunnel a b $A $B 0x102
    policy a out $IN_A $IN_B proto udp tmpl src $A dst $B proto esp spi 0x102 reqid 1 mode tunnel
    policy b in $IN_A $IN_B proto udp tmpl src $A dst $B proto esp reqid 1 mode tunnel
    tunnel b c $GATE $FAR 0x103
    policy b out $A $FAR proto udp tmpl src $GATE dst $FAR proto esp spi 0x103 reqid 1 mode tunnel
    policy c in $A $FAR proto udp tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
    tunnel c b $FAR $GATE 0x104
    policy c out $FAR $A proto udp tmpl src $FAR dst $GATE proto esp spi 0x104 reqid 1 mode tunnel
    policy b fwd $FAR $A proto udp tmpl src $FAR dst $GATE proto esp reqid 1 mode tunnel
    flush
    playing=yes
    listen b $B
    listen b $IN_B
    listen c $FAR
    listen a $A
    ip netns add idle
    lab-send in idle lab-send storm count=1000 shuffle=0 gcm=1 >/dev/null
}

# tunnel FROM TO SRC DST SPI: a state on both sides
tunnel() {
    sa "$1" "$3" "$4" "$5" gcm mode tunnel
    sa "$2" "$3" "$4" "$5" gcm mode tunnel
}

# errors NAME SPI
errors() {
    result "$1" "$(each on a lab-send raw src=$A dst=$B spi="$2" seq=1)" ns/packet
}

# policies add|delete FROM COUNT
policies() {
    template=
    [ "$1" = delete ] || template='tmpl proto esp reqid'
    i=$2
    while [ $i -lt $(($2 + $3)) ]; do
        echo "xfrm policy $1 dir out dst 10.$((i >> 16)).$((i >> 8 & 255)).$((i & 255))/32 $template ${template:+$i}"
        i=$((i + 1))
    done | ip -n many -batch -
}

# of WHAT: a number in the line "ready"
of() {
    echo "$ready" | sed "s/.*\"$1\":\([0-9]*\).*/\1/"
}
