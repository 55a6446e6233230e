# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# Numbers for Prometheus, with a filter.
case_metrics() {
    two_hosts metrics
    modprobe esp4
    /lab/xfrm-snap --json --counter XfrmInNoStates --rate 1 --metrics 127.0.0.1:9731 >/out/metrics/snap.json \
        2>/out/metrics/snap.err </dev/null &
    snap=$!
    run=metrics/snap
    tries=1200
    while ! grep -q 'metrics on port' /out/metrics/snap.err && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 20000
    done
    ask early /readyz
    ask early-health /healthz
    snap_wait_ready
    policy b out $B $UNSERVED $TMPL
    provoke_all
    wait_for 60 errors_told 12
    ask ready /readyz
    ask health /healthz
    ask page /metrics
    ask nowhere /nowhere
    lab-send counters tag=after netns=metrics.a,metrics.b >/out/metrics/counters
    finish metrics/snap
}
