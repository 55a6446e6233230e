# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Do pins go with their run, and does `show` print what is in them?

DIR=/sys/fs/bpf/xfrm-snap

names_in() {
    (cd "$1" && echo *)
}

# run WORD...: starts a run and waits until it says that it runs or why not; $said is what it said, $run its process
run() {
    rm -f /tmp/run
    : >/tmp/run
    lab-collect pin "$@" >/tmp/run &
    run=$!
    tries=600
    while ! grep -q '^runs' /tmp/run && kill -0 $run 2>/dev/null && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
    said=$(cat /tmp/run)
}

# end SIGNAL
end() {
    kill "-$1" $run
    wait $run
}

case_life() {
    equal nobody 'nobody runs' "$(lab-collect look)"
    run -
    equal first runs "$said"
    equal mode 700 "$(stat -c %a $DIR)"
    equal pinned 'deleted errors lost policies sites states tc totals' "$(names_in $DIR)"
    equal look 'somebody runs' "$(lab-collect look)"
    first=$run
    run -
    equal second "another xfrm-snap runs and has its maps pinned under $DIR; give this one a directory of its own with \
--pin DIR" "$said"
    kill $run 2>/dev/null
    wait $run
    equal second-code 1 $?
    run /sys/fs/bpf/other/
    equal second-elsewhere runs "$said"
    end TERM
    run=$first
    end TERM
    equal clean '' "$(ls /sys/fs/bpf)"
}

case_killed() {
    run -
    end KILL
    equal left 'deleted errors lost policies sites states tc totals' "$(names_in $DIR)"
    equal dead 'nobody runs' "$(lab-collect look)"
    chmod 755 $DIR
    mkdir $DIR/own
    run -
    equal taken-over "$DIR also holds own, not of xfrm-snap: left alone
runs" "$said"
    equal mode-again 700 "$(stat -c %a $DIR)"
    equal look-again 'somebody runs' "$(lab-collect look)"
    end TERM
    equal foreign own "$(ls $DIR)"
    rmdir $DIR/own $DIR
}

# Readers ask all the time while runs come and go.
case_readers() {
    while :; do lab-collect look; done >/dev/null &
    asking=$!
    for _ in 1 2 3 4 5; do
        run -
        equal among-readers runs "$said"
        end TERM
    done
    kill $asking
    wait $asking
}

case_version() {
    run - other
    equal version "$DIR holds maps of another version of xfrm-snap; use that one" "$(lab-collect look)"
    end TERM
}

# The rows that lab-collect put into its maps.
case_show() {
    holds show-nobody 'no xfrm-snap runs' "$(xfrm-snap show deleted 2>&1)"
    run -
    equal show-heads 'netns 1 netns init ' "$(xfrm-snap show states | grep ^netns | tr '\n' ' ')"
    holds show-text 'src 10.0.0.0 dst 10.0.0.1
	proto esp spi 0x00001001 ' "$(xfrm-snap show states --netns init)"
    equal show-one 1 "$(xfrm-snap show states --netns $$ | grep -c spi)"
    equal show-none '' "$(xfrm-snap show states --netns 4026999999)"
    holds show-policy 'priority 77' "$(xfrm-snap show policies)"
    holds show-json '{"v":1,"type":"policy","netns":{"inum":' "$(xfrm-snap show policies --json)"
    holds show-deleted ' by ip[4711] (netlink)' "$(xfrm-snap show deleted)"
    end TERM
    run - other
    holds show-version 'maps of another version of xfrm-snap' "$(xfrm-snap show states 2>&1)"
    end TERM
    run /sys/fs/bpf/mine
    equal show-pin 2 "$(xfrm-snap show states --pin /sys/fs/bpf/mine --json | wc -l)"
    end TERM
    equal show-empty-handed 1 "$(xfrm-snap show states --pin /sys/fs/bpf/mine 2>/dev/null; echo $?)"
}

# place NAME DIR WORDS: a directory that cannot be had
place() {
    run "$2"
    holds "$1" "$3" "$said"
    kill $run 2>/dev/null
    wait $run
}

case_places() {
    place relative maps "cannot pin maps under 'maps': it is not an absolute path"
    place no-parent /sys/fs/bpf/a/b 'cannot pin maps under /sys/fs/bpf/a/b: /sys/fs/bpf/a: No such file or directory'
    place no-bpffs /tmp/maps 'cannot pin maps under /tmp/maps: /tmp is not on a BPF file system; mount -t bpf'
    place mount-point /sys/fs/bpf 'a BPF file system is mounted there'
    place dots /sys/fs/bpf/a.b 'names on a BPF file system have no dots'
    mkdir /sys/fs/bpf/a
    ln -s a /sys/fs/bpf/link
    place link /sys/fs/bpf/link 'it is a symbolic link'
    place nested /sys/fs/bpf/a/b runs
    mkdir /sys/fs/bpf/a/theirs
    chown 1000 /sys/fs/bpf/a/theirs
    place owner /sys/fs/bpf/a/theirs 'it belongs to user 1000'
    rm /sys/fs/bpf/link
    rmdir /sys/fs/bpf/a/theirs /sys/fs/bpf/a
    umount /sys/fs/bpf
    run -
    equal without "no maps for bpftool and for show: cannot pin maps under $DIR: /sys/fs/bpf is not on a BPF file \
system; mount -t bpf bpf /sys/fs/bpf
runs" "$said"
    end TERM
    mount -t bpf bpf /sys/fs/bpf
}

case_life
case_killed
case_readers
case_version
case_show
case_places
