# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Starts and stops xfrm-snap in the guest; without it in the image the kernel's counters alone are tested.

READY_SECONDS=240
STOP_SECONDS=120

have_snap() {
    [ -x /lab/xfrm-snap ]
}

# snap_start RUN [OPTION...]: begins a run that is checked; returns when xfrm-snap says "ready"
snap_start() {
    record "run $1"
    lab-send counters tag=start >>/out/records
    if have_snap; then
        snap_launch "$@"
    fi
}

# snap_launch RUN [OPTION...]: its lines go to /out/RUN.json, and its process is $snap
snap_launch() {
    run=$1
    shift
    /lab/xfrm-snap --json "$@" >"/out/$run.json" 2>"/out/$run.err" </dev/null &
    snap=$!
    snap_wait_ready
}

snap_wait_ready() {
    lab-send await "file=/out/$run.json" 'text="type":"ready"' "pid=$snap" seconds=$READY_SECONDS 2>/dev/null ||
        record "snap-error $run is not ready: $(tail -n 3 "/out/$run.err" | tr '\n' ' ')"
}

# snap_end [SIGNAL]: ends $snap, with SIGINT by default, and after STOP_SECONDS at the latest; sets $code
snap_end() {
    code=0
    kill "-${1-INT}" "$snap" 2>/dev/null || true
    lab-send gone "pid=$snap" seconds=$STOP_SECONDS || true
    kill -KILL "$snap" 2>/dev/null || true
    wait "$snap" || code=$?
}

# snap_stop RUN: as a user would, with SIGINT, and waits for its end, but not for ever
snap_stop() {
    code=0
    if have_snap; then
        snap_end
    fi
    lab-send counters tag=stop >>/out/records
    record "run-end $1 $code"
}

# For scenarios that may run either way: own runs have a tool of their own, the others share the main run.
snap_start_own() {
    if [ -n "$own" ]; then
        # shellcheck disable=SC2086
        snap_start "$scenario" $snap_options
    fi
}

snap_stop_own() {
    if [ -n "$own" ]; then
        snap_stop "$scenario"
    fi
}

# snap_wait_probe FUNCTION: waits until xfrm-snap, if there is one, has set a probe there
snap_wait_probe() {
    tries=600
    while have_snap && ! grep -q "$1" /sys/kernel/debug/kprobes/list; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        usleep 50000
    done
}
