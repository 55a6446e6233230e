// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Plays a security module that fails, to reach errors of XFRM that no packet alone can raise, and XDP.

#define SEC(name) __attribute__((section(name), used))
#define EINVAL 22

/* __xfrm_decode_session then fails: XfrmInHdrError in the policy check, XfrmFwdHdrError when forwarding. */
SEC("fmod_ret/security_xfrm_decode_session")
int refuse_decode(void* context) {
  (void)context;
  return -EINVAL;
}

/* The lookup of a policy then fails: XfrmInPolError, XfrmOutPolError. */
SEC("fmod_ret/security_xfrm_policy_lookup")
int refuse_policy(void* context) {
  (void)context;
  return -EINVAL;
}

/* XDP_PASS: gives a veth a queue, from which its packets come many at once. */
SEC("xdp")
int pass(void* context) {
  (void)context;
  return 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
