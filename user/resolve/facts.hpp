// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What only the kernel's source says about its types, each with the file that says it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xs {

// Objects that the kernel passes as `void *` or `unsigned long`. Every one is checked again when a site fires: the
// object must lead to the netns whose counter rises (bpf/netns.bpf.h).
struct MemberFact {
  const char* holder;   // struct
  const char* member;   // or "MEMBER.MEMBER"
  const char* function; // only in this function; nullptr: anywhere
  const char* object;   // struct that it points to
};
inline constexpr MemberFact kMemberFacts[] = {
    {"sk_buff", "_skb_refdst", nullptr, "dst_entry"},                      // include/linux/skbuff.h, skb_dst()
    {"sock", "__sk_common.skc_listener", "xfrm_lookup_with_ifid", "sock"}, // include/net/inet_sock.h, sk_to_full_sk()
    {"sock", "__sk_common.skc_listener", "__xfrm_policy_check", "sock"},
    {"crypto_async_request", "data", "esp_output_done", "sk_buff"}, // net/ipv[46]/esp[46].c, before 6.3
};

// The first parameter, where its type is `void *`.
struct ParameterFact {
  const char* function;
  const char* object;
};
inline constexpr ParameterFact kParameterFacts[] = {
    {"esp_output_done", "sk_buff"}, // net/ipv[46]/esp[46].c, since 6.3
};

struct ResultFact {
  const char* callee;
  const char* function; // only when called by this function
  const char* object;
};
inline constexpr ResultFact kResultFacts[] = {
    {"dst_alloc", "xfrm_lookup_with_ifid", "xfrm_dst"}, // net/xfrm/xfrm_policy.c, xfrm_alloc_dst()
    {"dst_alloc", "xfrm_resolve_and_create_bundle", "xfrm_dst"},
};

// Functions that exist only as a copy whose parameters may differ, but that write nothing to what they are given except
// numbers and pointers to this struct.
struct WriteFact {
  const char* function;
  const char* object;
};
inline constexpr WriteFact kWriteFacts[] = {
    {"xfrm_expand_policies", "xfrm_policy"}, // net/xfrm/xfrm_policy.c
};

// A parameter that gets no more bytes than these: it is no array.
struct FillFact {
  const char* callee;
  size_t parameter;
  int64_t size;
};
inline constexpr FillFact kFillFacts[] = {
    {"xfrm_state_find", 5, 4},    // net/xfrm/xfrm_state.c: an error
    {"skb_copy_seq_read", 2, 40}, // net/xfrm/xfrm_iptfs.c: a header, of IPv6 at most, unless it fills a packet
};

// Functions that lose the flow, while those that call them keep it.
inline constexpr const char* kBlockingFunction = "xfrm_expand_policies"; // where it stores -1, XfrmOutPolBlock follows
inline constexpr const char* kFlowLosingFunctions[] = {
    "xfrm_resolve_and_create_bundle", // net/xfrm/xfrm_policy.c
    kBlockingFunction,
};
constexpr bool loses_flow(std::string_view function) {
  for (const std::string_view inner : kFlowLosingFunctions)
    if (function == inner) return true;
  return false;
}

// Where no SA is there for a flow, what xfrm_resolve_and_create_bundle() returned is held against -EAGAIN before
// XfrmOutNoStates is counted: net/xfrm/xfrm_policy.c, xfrm_bundle_lookup(). With net.core.xfrm_larval_drop=0 nothing is
// counted.
inline constexpr const char* kLookupFunction = "xfrm_lookup_with_ifid";
inline constexpr int32_t kTryAgain = -11; // -EAGAIN

// What a lookup with the policy of a socket failed with is held against -EREMOTE: xfrm_lookup_with_ifid().
inline constexpr int32_t kElsewhere = -66; // -EREMOTE

// Where what an SA's transform returned is held against -EBADMSG before XfrmInStateProtoError is counted:
// net/xfrm/xfrm_input.c, `nexthdr`.
inline constexpr const char* kTransformFunction = "xfrm_input";
inline constexpr int32_t kBadMessage = -74; // -EBADMSG

// Functions stored in a member of a struct: where BTF does not know the function (modules before 5.11), the member's
// type is its prototype.
struct CallbackFact {
  const char* function;
  const char* holder;
  const char* member;
};
inline constexpr CallbackFact kCallbackFacts[] = {
    {"esp_output_done", "crypto_async_request", "complete"}, // net/ipv[46]/esp[46].c
    {"xfrmi_rcv_cb", "xfrm6_protocol", "cb_handler"},        // net/xfrm/xfrm_interface_core.c
    {"vti_rcv_cb", "xfrm4_protocol", "cb_handler"},          // net/ipv4/ip_vti.c
    {"vti6_rcv_cb", "xfrm6_protocol", "cb_handler"},         // net/ipv6/ip6_vti.c
};

} // namespace xs
