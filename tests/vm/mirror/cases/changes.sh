# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 6.1 6.12 7.x'

change() {
    echo "change $*" >>"$step_file"
}

gone() {
    echo "gone $*" >>"$step_file"
}

lacks() {
    echo "lacks $*" >>"$step_file"
}

refused() {
    if at "$@" 2>/dev/null; then
        echo "failed not refused: $*" >>"$step_file"
    fi
}

# Listens to what the kernel asks of key managers.
key_manager() {
    lab-send in "$netns" ip xfrm monitor acquire >/dev/null &
    left_behind="$left_behind $!"
    wait_for 30 on grep -q '^[^ ]*  *6  *[0-9]*  *0*1 ' /proc/net/netlink
}

play_step() {
    netns=step.$1
    step_file=/out/changes/steps/$1
    ip netns add "$netns"
    inum=$(stat -L -c %i "/run/netns/$netns")
    echo "inum $inum" >"$step_file"
    set +e
    "step_$1" >/tmp/step.log 2>&1
    code=$?
    grep -v '^sent ' /tmp/step.log | sed "s/^/failed /" >>"$step_file"
    [ $code -eq 0 ] || echo "failed with $code" >>"$step_file"
}

netns_with_steps() {
    for one in $STEPS; do
        [ ! -e "/run/netns/step.$one" ] || echo "step.$one"
    done
}

limits_reached() {
    [ -z "$(ip -n step.time_limit xfrm state && ip -n step.policy_time_limit xfrm policy)" ]
}

case_changes() {
    left_behind=
    mkdir -p /out/changes/steps
    start snap --changes
    for one in $STEPS; do
        play_step "$one"
    done
    wait_for 30 limits_reached
    sleep 1
    asked states show states --json
    asked policies show policies --json
    asked deleted show deleted --json
    # shellcheck disable=SC2046
    listed $(netns_with_steps)
    stop snap
    # shellcheck disable=SC2086
    kill $left_behind
    # shellcheck disable=SC2046
    forget $(netns_with_steps)
}
