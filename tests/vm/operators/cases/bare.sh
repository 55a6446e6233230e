# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10'

# The static program in a root that holds nothing else and cannot be written, as an image FROM scratch has it: every system
# call that it makes there is on its threads' lists.
case_bare() {
    if [ ! -e /lab/static/xfrm-snap ]; then
        echo "there is no build/static/xfrm-snap: make static" >/out/bare/skip
        return
    fi
    two_hosts bare
    modprobe esp4
    mkdir -p /bare/proc /bare/sys /bare/tmp
    cp /lab/static/xfrm-snap /bare/
    mount --bind /bare /bare
    mount --rbind /proc /bare/proc
    mount --rbind /sys /bare/sys
    mount -o remount,bind,ro /bare
    chroot /bare /xfrm-snap check >/out/bare/check
    echo $? >/out/bare/check.code
    chroot /bare /xfrm-snap --json --metrics 127.0.0.1:9731 >/out/bare/snap.json 2>/out/bare/snap.err </dev/null &
    snap=$!
    run=bare/snap
    snap_wait_ready
    some_errors 1 5
    wait_for 60 errors_told 5
    ask page /metrics
    for what in states policies errors; do
        chroot /bare /xfrm-snap show $what --json >/out/bare/$what.json 2>/out/bare/$what.err
        echo $? >/out/bare/$what.code
    done
    finish bare/snap
}
