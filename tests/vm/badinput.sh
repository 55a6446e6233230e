#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs in a guest: what xfrm-snap does where it cannot run, or is asked for what it cannot do. Prints a line per case,
# "ok NAME", "FAIL NAME: why" or "SKIP NAME: why", and "the end". `badinput.sh lockdown`: only what needs kernel lockdown.

out=/tmp/out err=/tmp/err

ok() { echo "ok $1"; }
failed() {
    echo "FAIL $1: $2"
    sed 's/^/    stderr: /' "$err" | head -5
}

# The kernel is as it was: no probe, no pin. Freed probes take a moment.
clean() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        left="$(cat /sys/kernel/debug/kprobes/list)$(ls -A /sys/fs/bpf)"
        [ -z "$left" ] && return 0
        sleep 1
    done
    return 1
}

# says NAME EXIT-CODE PATTERN COMMAND...: nothing on stdout, one line on stderr that matches, nothing left behind.
says() {
    name=$1 want=$2 pattern=$3
    shift 3
    timeout 300 "$@" >$out 2>$err
    code=$?
    if [ $code != "$want" ]; then failed "$name" "exit code $code, not $want"
    elif [ -s $out ]; then failed "$name" "it printed to stdout: $(head -1 $out)"
    elif [ "$(wc -l <$err)" != 1 ]; then failed "$name" "$(wc -l <$err) lines on stderr, not 1"
    elif ! grep -qE "^xfrm-snap: .*$pattern" $err; then failed "$name" "stderr does not say: $pattern"
    elif ! clean; then failed "$name" "left behind: $left"
    else ok "$name"; fi
}

# fails NAME REQUIREMENT COMMAND...: `check` names the requirement, and nothing else that failed is missing a remedy.
fails() {
    name=$1 requirement=$2
    shift 2
    timeout 300 "$@" check --json >$out 2>$err
    code=$?
    if [ $code != 1 ]; then failed "$name" "exit code $code, not 1"
    elif ! grep "\"name\":\"$requirement\",\"status\":\"fail\"" $out | grep -qv '"remedy":null'; then failed "$name" "$requirement did not fail"
    elif ! tail -1 $out | grep -q '^{"v":1,"type":"check-summary","ok":false}$'; then failed "$name" "the last line is $(tail -1 $out)"
    elif ! clean; then failed "$name" "left behind: $left"
    else ok "$name"; fi
}

usage() {
    says unknown-option 2 'there is no option --bogus here' xfrm-snap --bogus
    says unknown-command 2 "'nonsense' is not one of the commands" xfrm-snap nonsense
    says unknown-timestamp 2 "--timestamp: 'x' is not one of absolute, relative, none" xfrm-snap --timestamp x
    says negative-duration 2 "--duration: '-1' is not a number of seconds above 0" xfrm-snap --duration -1
    says endless-duration 2 "--duration: 'inf' is not" xfrm-snap --duration inf
    says zero-count 2 "--count: '0' is not a whole number above 0" xfrm-snap -c 0
    says huge-rate 2 "--rate: '4294967296' is not a whole number" xfrm-snap --rate 4294967296
    says missing-argument 2 '--duration: 1 required SECS missing' xfrm-snap --duration
    says option-of-another-command 2 '--duration is an option of tracing, not of check' xfrm-snap check --duration 3
    says missing-image 2 '--image: File does not exist: /nowhere' xfrm-snap probes --image /nowhere
}

help() {
    xfrm-snap --help >$out 2>$err
    missing=
    for word in --json --color --duration --count --stack --rate --max-errors --timestamp --utc --version -q -v trace probes check; do
        grep -q -e "$word" $out || missing="$missing $word"
    done
    if [ -n "$missing" ] || [ -s $err ]; then failed help "it lacks$missing"; else ok help; fi
    if xfrm-snap -V | grep -qE '^xfrm-snap [0-9]+\.[0-9]+\.[0-9]+$'; then ok version; else failed version "$(xfrm-snap -V)"; fi
}

privileges() {
    all='CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYSLOG, CAP_SYS_ADMIN'
    # By its path: busybox would run its own, smaller one.
    nobody='/lab/setpriv --reuid=65534 --regid=65534 --clear-groups'
    echo 1 >/proc/sys/kernel/kptr_restrict
    says not-root 1 "needs $all, which this process lacks: run it as root" $nobody xfrm-snap
    says not-root-probes 1 'needs CAP_BPF, CAP_PERFMON, CAP_SYSLOG, which' $nobody xfrm-snap probes
    fails not-root-check CAP_BPF $nobody xfrm-snap
    says no-net-admin 1 'needs CAP_NET_ADMIN, which' /lab/setpriv --bounding-set=-net_admin xfrm-snap
    says no-syslog 1 'needs CAP_SYSLOG, which' /lab/setpriv --bounding-set=-syslog xfrm-snap
    says user-namespace 1 'in a user namespace of its own' unshare -U -r xfrm-snap
    echo 2 >/proc/sys/kernel/kptr_restrict
    says kptr-restrict 1 'hidden even from root \(kernel.kptr_restrict is 2\); sysctl -w kernel.kptr_restrict=1' xfrm-snap
    says kptr-restrict-probes 1 'kernel.kptr_restrict is 2' xfrm-snap probes
    fails kptr-restrict-check symbols xfrm-snap
    echo 0 >/proc/sys/kernel/kptr_restrict
}

# without NAME PATH REQUIREMENT PATTERN: an empty folder hides PATH.
without() {
    mount --bind /tmp/empty "$2"
    says "$1" 1 "$4" xfrm-snap
    fails "$1-check" "$3" xfrm-snap
    umount "$2"
}

# switched NAME FILE OFF REQUIREMENT PATTERN: writes OFF to FILE, and afterwards what was there.
switched() {
    was=$(cat "$2")
    if ! echo "$3" 2>/dev/null >"$2"; then
        echo "SKIP $1: this kernel does not let $2 be $3"
        return
    fi
    says "$1" 1 "$5" xfrm-snap
    fails "$1-check" "$4" xfrm-snap
    echo "$was" >"$2"
}

lacking() {
    mkdir -p /tmp/empty
    without no-btf /sys/kernel/btf btf 'there is no /sys/kernel/btf/vmlinux; boot a kernel with CONFIG_DEBUG_INFO_BTF=y'
    without no-kprobes /sys/bus/event_source/devices/kprobe kprobes 'no kprobes for perf: .*; boot a kernel with CONFIG_KPROBES=y'
    switched kprobes-disarmed /sys/kernel/debug/kprobes/enabled 0 test-probe 'kprobes are switched off: .*; echo 1 > /sys/kernel/debug/kprobes/enabled'
    switched no-ftrace /proc/sys/kernel/ftrace_enabled 0 ftrace 'kernel.ftrace_enabled is 0; sysctl -w kernel.ftrace_enabled=1'
    switched no-jit /proc/sys/net/core/bpf_jit_enable 0 jit 'net.core.bpf_jit_enable is 0; sysctl -w net.core.bpf_jit_enable=1'
}

# runs NAME COMMAND...: it becomes ready and ends well.
runs() {
    name=$1
    shift
    timeout 300 "$@" >$out 2>$err
    code=$?
    if [ $code != 0 ]; then failed "$name" "exit code $code, not 0"
    elif ! grep -q 'ready after' $err; then failed "$name" "it did not become ready"
    elif ! grep -q '^complete' $out; then failed "$name" "it is not complete: $(tail -1 $out)"
    elif ! clean; then failed "$name" "left behind: $left"
    else ok "$name"; fi
}

# What a process may have. Where a limit can be lived with, or raised, it runs.
limits() {
    needs='this process may open but 200 files, and needs 320; ulimit -n 320'
    says few-files 1 "$needs" sh -c 'ulimit -n 200; exec xfrm-snap'
    fails few-files-check open-files sh -c 'ulimit -n 200; exec xfrm-snap "$@"' sh
    runs few-files-soft sh -c 'ulimit -Sn 200; exec xfrm-snap --duration 0.5'
    says little-address-space 1 'an address space of 97 MiB at most, and needs 128; ulimit -v unlimited' sh -c 'ulimit -v 100000; exec xfrm-snap'
    runs just-enough-address-space sh -c 'ulimit -v 131072; exec xfrm-snap --duration 0.5'
    runs small-files sh -c 'ulimit -f 1; exec xfrm-snap --duration 0.5'
    mount -t proc -o subset=pid proc /proc
    says processes-only 1 '/proc shows processes only \(subset=pid\): .*; mount -t proc proc /proc' xfrm-snap
    fails processes-only-check procfs xfrm-snap
    umount /proc
    little_memory
}

# Since Linux 5.11 maps and programs count as the cgroup's memory.
little_memory() {
    cgroup=/sys/fs/cgroup/little
    if ! mkdir $cgroup 2>/dev/null || ! echo +memory >/sys/fs/cgroup/cgroup.subtree_control || ! echo 40M >$cgroup/memory.max; then
        echo "SKIP little-memory: this guest has no cgroups of version 2 with memory"
        return
    fi
    within='echo 0 >/sys/fs/cgroup/little/cgroup.procs; exec xfrm-snap "$@"'
    says little-memory 1 "memory is limited to 40 MiB by $cgroup/memory.max; it needs 80 MiB" sh -c "$within"
    fails little-memory-check memory sh -c "$within" sh
    echo 80M >$cgroup/memory.max
    runs just-enough-memory sh -c "$within" sh --duration 0.5
    rmdir $cgroup
}

# ends NAME READER OPTION...: the reader of the pipe leaves; xfrm-snap leaves as well, without a word.
ends() {
    name=$1 reader=$2
    shift 2
    { timeout 300 xfrm-snap "$@" 2>$err; echo $? >/tmp/code; } | $reader >$out
    if [ "$(cat /tmp/code)" != 0 ]; then failed "$name" "exit code $(cat /tmp/code), not 0"
    elif [ -s $err ]; then failed "$name" "it wrote to stderr"
    elif ! clean; then failed "$name" "left behind: $left"
    else ok "$name"; fi
}

outputs() {
    ends reader-leaves 'head -n 1' --json
    if grep -q '"type":"ready"' $out; then ok reader-got-its-line; else failed reader-got-its-line "it got: $(cat $out)"; fi
    ends reader-is-gone true -q
    ends probes-reader-leaves 'head -n 1' probes
    says full-disk 1 'cannot write to standard output: No space left on device' sh -c 'xfrm-snap --json --duration 1 >/dev/full'
    says full-disk-check 1 'cannot write to standard output: No space left on device' sh -c 'xfrm-snap check >/dev/full'
    says closed-stdout 1 'standard output is closed' sh -c 'xfrm-snap --duration 1 >&-'
}

# A killed run leaves no probe, and its pins to the next run, which replaces them and takes them away in the end.
killed() {
    xfrm-snap --json >$out 2>$err &
    tries=120
    until [ -s $out ] || [ $tries -eq 0 ]; do
        tries=$((tries - 1))
        sleep 1
    done
    probes=$(wc -l </sys/kernel/debug/kprobes/list)
    kill -9 $!
    wait $! 2>/dev/null
    xfrm-snap --json --duration 0.5 >$out 2>$err
    if [ $? != 0 ]; then failed killed "the next run ended badly"
    elif [ "$probes" -lt 40 ]; then failed killed "$probes probes were set before"
    elif ! clean; then failed killed "left behind: $left"
    else ok killed; fi
}

images() {
    image=/tmp/image
    refused='is not a kernel image; save one with xfrm-snap probes --save-image'
    mkdir -p /tmp/small && mount -t tmpfs -o size=16k tmpfs /tmp/small
    says full-disk-image 1 'cannot write /tmp/small/image: No space left on device' xfrm-snap probes --save-image /tmp/small/image
    umount /tmp/small
    xfrm-snap probes --json --save-image $image >/tmp/live 2>$err
    xfrm-snap probes --json --image $image >/tmp/saved 2>>$err
    grep '"type":"site"' /tmp/live >/tmp/live-sites
    if [ "$(grep '"type":"site"' /tmp/saved)" = "$(cat /tmp/live-sites)" ] && [ "$(wc -l </tmp/live-sites)" -gt 40 ]
    then ok saved-image; else failed saved-image "$(wc -l </tmp/live-sites) sites live, $(grep -c '"type":"site"' /tmp/saved) saved"; fi
    xfrm-snap probes --json --save-image $image.gz >/tmp/live 2>>$err
    xfrm-snap probes --json --image $image.gz >/tmp/packed 2>>$err
    if cmp -s /tmp/saved /tmp/packed && [ "$(wc -c <$image.gz)" -lt "$(($(wc -c <$image) / 2))" ]
    then ok compressed-image; else failed compressed-image "$(wc -c <$image.gz) bytes of $(wc -c <$image)"; fi
    head -c 20000 $image.gz >/tmp/half.gz
    says half-compressed-image 1 'cannot read /tmp/half.gz: it was cut short' xfrm-snap probes --image /tmp/half.gz
    head -c 20000 $image >/tmp/half
    says half-image 1 "$refused" xfrm-snap probes --image /tmp/half
    echo '{"symbols":1}' >/tmp/wrong
    says wrong-image 1 "$refused" xfrm-snap probes --image /tmp/wrong
    : >/tmp/nothing
    says empty-image 1 "$refused" xfrm-snap probes --image /tmp/nothing
}

# Nothing is missing: everything above failed for its reason alone.
healthy() {
    xfrm-snap check --json >$out 2>$err
    code=$?
    if [ $code = 0 ] && ! grep -q '"status":"fail"' $out && [ ! -s $err ] && clean
    then ok check; else failed check "exit code $code, $(grep -o '"name":"[^"]*","status":"fail"' $out | tr '\n' ' ')"; fi
}

lockdown() {
    pattern='kernel lockdown is "confidentiality", .*; boot with lockdown=integrity or without it'
    if ! mount -t securityfs securityfs /sys/kernel/security 2>/dev/null || ! grep -q '\[confidentiality\]' /sys/kernel/security/lockdown
    then
        echo "SKIP lockdown: this kernel has no lockdown"
        return
    fi
    says lockdown 1 "$pattern" xfrm-snap
    fails lockdown-check lockdown xfrm-snap
    umount /sys/kernel/security
    says lockdown-without-securityfs 1 "$pattern" xfrm-snap
}

if [ "$1" = lockdown ]; then
    lockdown
    echo "the end"
    exit 0
fi
healthy
usage
help
privileges
lacking
limits
outputs
killed
images
healthy
echo "the end"
