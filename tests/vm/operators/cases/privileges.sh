# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# What a run may still do once it is ready: /proc tells of each of its threads. It is enough for modules and netns that come
# later, for policies that are to be listed again since they were migrated, and for the end.
case_privileges() {
    two_hosts privileges
    modprobe esp4
    policy b out $B $FAR tmpl src $B dst $A proto esp reqid 7 mode tunnel
    sa b $B $A 0x701 gcm reqid 7 mode tunnel
    sa b $B $A 0x702 gcm sel dev vb
    flush
    snap_launch privileges/snap --changes --metrics 127.0.0.1:9731
    for task in /proc/$snap/task/*; do
        who=other
        [ "${task##*/}" != $snap ] || who=first
        echo "$who $(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p; s/^\(CapEff\|CapPrm\|CapBnd\|NoNewPrivs\|Seccomp\|Seccomp_filters\):\t//p' "$task/status" | tr '\n' ' ')"
    done >/out/privileges/threads
    wget -q -O /out/privileges/page http://127.0.0.1:9731/metrics
    stat -c '%a %n' /sys/fs/bpf/xfrm-snap /sys/fs/bpf/xfrm-snap/* >/out/privileges/modes
    /lab/setpriv --bounding-set=-sys_admin /lab/xfrm-snap show states >/out/privileges/shown 2>&1 # without names of devices
    echo $? >/out/privileges/shown.code
    modprobe ip_vti
    snap_wait_probe vti_rcv_cb
    on a lab-send raw src=$A dst=$B spi=0x99 count=2 >/dev/null
    meet_stranger
    errors_of_stranger
    on b lab-send migrate src=$B dst=$FAR old_src=$B old_dst=$A new_src=$B new_dst=$GATE reqid=7 mode=tunnel
    told privileges/snap '"what":"policy","op":"update"'
    finish privileges/snap
    grep -c vti_rcv_cb /sys/kernel/debug/kprobes/list >/out/privileges/left
    ls -A /sys/fs/bpf >/out/privileges/pins
    kill "$stranger"
}
