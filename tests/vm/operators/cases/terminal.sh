# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10'

# The terminal in which it runs goes away: with the probes, and without leaving a pin.
case_terminal() {
    two_hosts terminal
    modprobe esp4
    rm -f /tmp/hangup
    lab-send terminal until=/tmp/hangup -- /lab/xfrm-snap >/out/terminal/screen 2>&1 &
    shell=$!
    lab-send await file=/out/terminal/screen 'text=Ctrl-C ends' pid=$shell || true
    some_errors 1 3
    lab-send await file=/out/terminal/screen text=XfrmInNoStates pid=$shell || true
    touch /tmp/hangup
    wait $shell
    wc -l </sys/kernel/debug/kprobes/list >/out/terminal/probes
    ls -A /sys/fs/bpf >/out/terminal/pins
    cat /sys/kernel/rcu_expedited >/out/terminal/expedited
}
