# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For guests that play cases, each of which leaves what happened in /out/CASE/; needs snap.sh, and lib.sh for two_hosts and
# some_errors.

record() {
    echo "$*" >>/out/records
}

# Two hosts, a and b; $1 is the case.
two_hosts() {
    scenario=$1 home='' made='' names='' lines_wires='' lines_a='' lines_b='' listeners='' playing=''
    choose_family 4
    pair
    flush
    playing=yes
}

# finish RUN [SIGNAL]: with SIGINT; its exit code goes to /out/RUN.code
finish() {
    snap_end "${2-INT}"
    echo $code >"/out/$1.code"
}

# some_errors SEQ COUNT: in b, of an unknown SPI
some_errors() {
    on a lab-send raw src=$A dst=$B spi=0x99 seq="$1" step=1 count="$2" >/dev/null
}

# wait_for SECONDS COMMAND...: until it succeeds; false if it does not in that time
wait_for() {
    tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        usleep 100000
    done
}

# errors_told COUNT: whether the server's page, which is made anew once a second or less often, tells of so many errors
errors_told() {
    [ $(($(wget -q -O - http://127.0.0.1:9731/metrics | sed -n 's/^xfrm_snap_errors_total.* //p' | tr '\n' '+')0)) -ge "$1" ]
}

# play CASE: /out/cases has which were begun and which came to their end, after how many seconds
play() {
    case=$1
    mkdir -p "/out/$case"
    echo "begin $case" >>/out/cases
    began=$(cut -d. -f1 /proc/uptime)
    "case_$(echo "$case" | tr - _)" >"/out/$case/log" 2>&1
    echo "end $case $(($(cut -d. -f1 /proc/uptime) - began))" >>/out/cases
}

# cases_of_this_kernel FOLDER: those whose `kernels` name it. What does not depend on the kernel is played on the one that sets
# and removes probes in the least time, 5.10; what hardly does, on two or three, of which one is old and one new.
cases_of_this_kernel() {
    label=$LAB_LABEL
    case $label in 5.10 | 6.1 | 6.12) ;; *) label=7.x ;; esac
    for file in "$1"/*.sh; do
        case " $(sed -n "s/^kernels='\(.*\)'$/\1/p" "$file") " in
        *" $label "*) basename "$file" .sh | tr _ - ;;
        esac
    done
}
