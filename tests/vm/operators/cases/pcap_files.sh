# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10'

# What the runs of `pcap-files` meet.
provoke_three() {
    on a lab-send raw src=$A dst=$B spi=0x99 seq=1 step=1 count=3 >/dev/null
}

# has_bytes FILE BYTES: whether the file has grown to so many
has_bytes() {
    [ "$(stat -c %s "$1")" -ge "$2" ]
}

# To stdout, lines to stderr.
pcap_stdout() {
    /lab/xfrm-snap --json --quiet --rate 0 --pcap - >/out/pcap-files/stdout.pcapng 2>/out/pcap-files/stdout.json </dev/null &
    snap=$!
    run=pcap-files/stdout
    snap_wait_ready
    provoke_three
    finish pcap-files/stdout
}

# Killed, it leaves whole packets.
pcap_killed() {
    snap_launch pcap-files/killed --rate 0 --pcap /out/pcap-files/killed.pcapng
    provoke_three
    wait_for 60 has_bytes /out/pcap-files/killed.pcapng 900
    kill -KILL "$snap"
    wait "$snap" 2>/dev/null
}

# The disk gets full: the lines go on, and the file stays readable.
pcap_full() {
    mkdir -p /full
    mount -t tmpfs -o size=8k tmpfs /full
    snap_launch pcap-files/full --rate 0 --pcap /full/full.pcapng
    on a lab-send raw src=$A dst=$B spi=0x99 seq=1 step=1 count=60 >/dev/null
    finish pcap-files/full
    cp /full/full.pcapng /out/pcap-files/
    umount /full
}

# The file may not grow any more (RLIMIT_FSIZE, 8 KiB), which is a full disk, and no end.
pcap_limited() {
    run=pcap-files/limited
    rm -f /tmp/limited
    mkfifo /tmp/limited
    cat /tmp/limited >/out/$run.json &
    reader=$!
    (ulimit -f 16 && exec /lab/xfrm-snap --json --rate 0 --pcap /out/$run.pcapng) >/tmp/limited 2>/out/$run.err </dev/null &
    snap=$!
    snap_wait_ready
    on a lab-send raw src=$A dst=$B spi=0x99 seq=1 step=1 count=60 >/dev/null
    finish $run
    wait $reader
    ls -A /sys/fs/bpf >/out/$run.pins
}

case_pcap_files() {
    two_hosts pcap-files
    modprobe esp4
    pcap_stdout
    pcap_killed
    pcap_full
    pcap_limited
}
