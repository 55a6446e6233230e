# bash completion for xfrm-snap
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Made of the option table by make docs; do not edit.

_xfrm_snap() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= words i
  case $before in
  --color)
    COMPREPLY=($(compgen -W "auto always never" -- "$word"))
    return
    ;;
  --duration)
    COMPREPLY=()
    return
    ;;
  -c | --count)
    COMPREPLY=()
    return
    ;;
  --pcap)
    COMPREPLY=($(compgen -f -- "$word"))
    return
    ;;
  --metrics)
    COMPREPLY=()
    return
    ;;
  --rate)
    COMPREPLY=()
    return
    ;;
  --max-errors)
    COMPREPLY=()
    return
    ;;
  --max-states)
    COMPREPLY=()
    return
    ;;
  --timestamp)
    COMPREPLY=($(compgen -W "absolute relative none" -- "$word"))
    return
    ;;
  --counter)
    COMPREPLY=($(compgen -W "XfrmInError XfrmInBufferError XfrmInHdrError XfrmInNoStates XfrmInStateProtoError XfrmInStateModeError XfrmInStateSeqError XfrmInStateExpired XfrmInStateMismatch XfrmInStateInvalid XfrmInTmplMismatch XfrmInNoPols XfrmInPolBlock XfrmInPolError XfrmOutError XfrmOutBundleGenError XfrmOutBundleCheckError XfrmOutNoStates XfrmOutStateProtoError XfrmOutStateModeError XfrmOutStateSeqError XfrmOutStateExpired XfrmOutPolBlock XfrmOutPolDead XfrmOutPolError XfrmFwdHdrError XfrmOutStateInvalid XfrmAcquireError XfrmOutStateDirError XfrmInStateDirError XfrmInIptfsError XfrmOutNoQueueSpace" -- "$word"))
    return
    ;;
  --src)
    COMPREPLY=()
    return
    ;;
  --dst)
    COMPREPLY=()
    return
    ;;
  --spi)
    COMPREPLY=()
    return
    ;;
  --mark)
    COMPREPLY=()
    return
    ;;
  --ifname)
    COMPREPLY=($(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word"))
    return
    ;;
  --netns)
    COMPREPLY=($(compgen -W "init $(ls /run/netns 2>/dev/null)" -- "$word"))
    return
    ;;
  --pin)
    COMPREPLY=($(compgen -d -- "$word"))
    return
    ;;
  --sort)
    COMPREPLY=($(compgen -W "count last" -- "$word"))
    return
    ;;
  --image)
    COMPREPLY=($(compgen -f -- "$word"))
    return
    ;;
  --save-image)
    COMPREPLY=($(compgen -f -- "$word"))
    return
    ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in trace | show | explain | probes | check) command=${COMP_WORDS[i]} ;; esac
  done
  case $command in
  '') words="trace show explain probes check --json --color -q --quiet -v --verbose --duration -c --count --stack --after-decryption --changes --pcap --metrics --rate --max-errors --max-states --timestamp --counter --src --dst --spi --mark --ifname --netns --pin --utc -h --help -V --version" ;;
  trace) words="--json --color -q --quiet -v --verbose --duration -c --count --stack --after-decryption --changes --pcap --metrics --rate --max-errors --max-states --timestamp --counter --src --dst --spi --mark --ifname --netns --pin --utc -h --help -V --version" ;;
  show) words="states policies deleted tc errors --json --color -q --quiet -v --verbose --netns --pin --utc -s --statistics --sort -h --help -V --version" ;;
  explain) words="XfrmInError XfrmInBufferError XfrmInHdrError XfrmInNoStates XfrmInStateProtoError XfrmInStateModeError XfrmInStateSeqError XfrmInStateExpired XfrmInStateMismatch XfrmInStateInvalid XfrmInTmplMismatch XfrmInNoPols XfrmInPolBlock XfrmInPolError XfrmOutError XfrmOutBundleGenError XfrmOutBundleCheckError XfrmOutNoStates XfrmOutStateProtoError XfrmOutStateModeError XfrmOutStateSeqError XfrmOutStateExpired XfrmOutPolBlock XfrmOutPolDead XfrmOutPolError XfrmFwdHdrError XfrmOutStateInvalid XfrmAcquireError XfrmOutStateDirError XfrmInStateDirError XfrmInIptfsError XfrmOutNoQueueSpace gso-tail default-block socket-policy-no-sa too-big interface interface-no-policy interface-loop no-encap-socket no-handler decap-queue-full trans-queue-full hold-queue-full hold-queue-purged udp-gso too-short next-hop-dead fragment-lost routing rp-filter no-forwarding firewall --json --color -q --quiet -v --verbose --markdown -h --help -V --version" ;;
  probes) words="--json --color -q --quiet -v --verbose --image --save-image -h --help -V --version" ;;
  check) words="--json --color -q --quiet -v --verbose -h --help -V --version" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _xfrm_snap xfrm-snap
