/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The integer types that headers shared by both sides use, and the limit of XFRM that many of them know. */
#ifndef XFRM_SNAP_TYPES_H
#define XFRM_SNAP_TYPES_H

#ifdef __bpf__
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#else
#include <linux/types.h>
#endif

#define XFRM_DEPTH 6 /* XFRM_MAX_DEPTH: templates of a policy, SAs of a secpath */

#endif
