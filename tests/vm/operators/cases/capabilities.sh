# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# What it needs, which on kernels that count locked memory is one more.
needed='bpf perfmon net_admin syslog sys_admin sys_ptrace'
[ "$LAB_LABEL" != 5.10 ] || needed="$needed sys_resource"

# Exactly the capabilities that are needed, and without each of them; without CAP_BPF and CAP_PERFMON also where nothing
# stands for them.
case_capabilities() {
    modprobe esp4
    meet_stranger
    complete_run all $needed
    for one in bpf perfmon sys_ptrace; do
        complete_run no_$one $(all_but $one)
    done
    for one in net_admin syslog sys_admin $(echo "$needed" | grep -o sys_resource); do
        refused_run no_$one $(all_but $one)
    done
    refused_run neither_bpf $(all_but bpf sys_admin)
    refused_run neither_perfmon $(all_but perfmon sys_admin)
    kill "$stranger"
}

# all_but CAPABILITY...: of those that are needed
all_but() {
    for one in $needed; do
        case " $* " in *" $one "*) ;; *) echo "$one" ;; esac
    done
}

# with_capabilities CAPABILITY...: xfrm-snap with these alone, and the little locked memory that distributions allow
with_capabilities() {
    bounds=-all
    for one; do
        bounds="$bounds,+$one"
    done
    ulimit -l 64
    exec /lab/setpriv --bounding-set=$bounds --inh-caps=-all /lab/xfrm-snap --json </dev/null
}

# complete_run NAME CAPABILITY...: becomes ready, and sees two errors in the stranger's netns
complete_run() {
    run=capabilities/$1
    shift
    with_capabilities "$@" >"/out/$run.json" 2>"/out/$run.err" &
    snap=$!
    snap_wait_ready
    errors_of_stranger
    finish $run
}

# refused_run NAME CAPABILITY...: ends by itself, or is ended; its exit code goes to /out/capabilities/NAME.code
refused_run() {
    run=capabilities/$1
    shift
    with_capabilities "$@" >"/out/$run.json" 2>"/out/$run.err" &
    snap=$!
    lab-send gone "pid=$snap" seconds=120 || true
    finish $run
}
