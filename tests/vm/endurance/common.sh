# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions that several cases share.

# traffic KEY COMMAND...: runs in the background until stop_traffic
traffic() {
    name_of "$1"
    shift
    lab-send in "$netns" "$@" >/dev/null &
    sender=$!
}

stop_traffic() {
    kill $sender
    wait $sender
    sleep 1
}

probes() {
    wc -l </sys/kernel/debug/kprobes/list
}

# Freed probes take a moment.
wait_no_probes() {
    tries=600
    while [ "$(probes)" -ne 0 ] && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
    cat /sys/kernel/debug/kprobes/list
}

# stop PROCESS RUN: with SIGINT; its exit code goes to /out/RUN.code
stop() {
    snap=$1
    run=$2
    snap_end
    echo $code >"/out/$run.code"
}
