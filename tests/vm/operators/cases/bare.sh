# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10'

# The static program in a root that holds nothing else, as an image FROM scratch has it.
case_bare() {
    if [ ! -e /lab/static/xfrm-snap ]; then
        echo "there is no build/static/xfrm-snap: make static" >/out/bare/skip
        return
    fi
    two_hosts bare
    modprobe esp4
    mkdir -p /bare/proc /bare/sys /bare/tmp
    cp /lab/static/xfrm-snap /bare/
    mount --rbind /proc /bare/proc
    mount --rbind /sys /bare/sys
    /bare/xfrm-snap --version >/dev/null
    chroot /bare /xfrm-snap check >/out/bare/check
    echo $? >/out/bare/check.code
    chroot /bare /xfrm-snap --json >/out/bare/snap.json 2>/out/bare/snap.err </dev/null &
    snap=$!
    run=bare/snap
    snap_wait_ready
    some_errors 1 5
    finish bare/snap
}
