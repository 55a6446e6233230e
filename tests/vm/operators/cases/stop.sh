# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# ended NAME: how long $snap went on from now, in ms, what it leaves, and its exit code, to /out/stop/NAME.*. Freed probes
# and the switches take a moment.
ended() {
    from=${from:-$(lab-send now)}
    lab-send gone "pid=$snap" seconds=60 || kill -KILL "$snap"
    echo $((($(lab-send now) - from) / 1000000)) >"/out/stop/$1.ms"
    from=
    code=0
    wait "$snap" || code=$?
    echo $code >"/out/stop/$1.code"
    wait_for 20 is_clean
    cat /sys/kernel/debug/kprobes/list /sys/kernel/rcu_expedited /proc/sys/debug/kprobes-optimization >"/out/stop/$1.left"
    ls -A /sys/fs/bpf >>"/out/stop/$1.left"
}

is_clean() {
    [ ! -s /sys/kernel/debug/kprobes/list ] && [ "$(cat /sys/kernel/rcu_expedited)" = 0 ]
}

# stuck NAME [OPTION...]: starts $snap with a reader that reads nothing, whose pipe is full, and errors to come
stuck() {
    rm -f /tmp/stuck
    mkfifo /tmp/stuck
    exec 9<>/tmp/stuck
    name=$1
    shift
    /lab/xfrm-snap --json --rate 0 --metrics 127.0.0.1:9731 "$@" >/tmp/stuck 2>"/out/stop/$name.err" 9<&- </dev/null &
    snap=$!
    wait_for 240 wget -q -O /dev/null http://127.0.0.1:9731/readyz
    some_errors 1 2000
    sleep 1
}

# read_rest NAME: what had found its way into the pipe
read_rest() {
    exec 8</tmp/stuck 9<&-
    cat <&8 >"/out/stop/$1.lines"
    exec 8<&-
}

# Told to stop it ends, whatever the reader of its lines does, with all that it had set.
case_stop() {
    two_hosts stop
    modprobe esp4
    echo 0 >/sys/kernel/rcu_expedited
    stuck signal
    kill -INT "$snap"
    ended signal
    read_rest signal
    stuck twice
    kill -TERM "$snap"
    usleep 500000
    kill -TERM "$snap"
    ended twice
    read_rest twice
    stuck late # the reader comes to itself in time
    kill -INT "$snap"
    from=$(lab-send now)
    usleep 300000
    cat /tmp/stuck >/out/stop/late.lines 9<&- &
    ended late
    exec 9<&-
    wait $!
    stuck duration --duration 8
    from=$(lab-send now)
    ended duration
    read_rest duration
    stop_starting
    stop_pipe
    echo 1 >/sys/kernel/rcu_expedited
}

# At any moment of its start; and where packets are to go into a pipe that nobody reads.
stop_starting() {
    for after in 300 900 1500 2500; do
        /lab/xfrm-snap --json >"/out/stop/start-$after.json" 2>"/out/stop/start-$after.err" </dev/null &
        snap=$!
        usleep ${after}000
        kill -INT "$snap"
        ended start-$after
    done
}

stop_pipe() {
    rm -f /tmp/unread
    mkfifo /tmp/unread
    /lab/xfrm-snap --json --pcap /tmp/unread >/out/stop/pipe.json 2>/out/stop/pipe.err </dev/null &
    snap=$!
    sleep 2
    cat /sys/kernel/rcu_expedited >/out/stop/pipe.expedited
    kill -TERM "$snap"
    ended pipe
    /lab/xfrm-snap --json --pcap /tmp/unread >/out/stop/nobody.json 2>/out/stop/nobody.err </dev/null &
    snap=$!
    ended nobody
}
