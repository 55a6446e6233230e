// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Plays a security module that fails, to reach errors of XFRM that no packet alone can raise.

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

char LICENSE[] SEC("license") = "Dual BSD/GPL";
