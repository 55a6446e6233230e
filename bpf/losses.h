/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kinds of losses that no counter counts. Their numbers follow those of the counters, and are used wherever a
 * counter's number is. */
#ifndef XFRM_SNAP_LOSSES_H
#define XFRM_SNAP_LOSSES_H

enum loss {
  LOSS_FIRST = 64,
  LOSS_GSO_TAIL = LOSS_FIRST, /* the segments of a GSO packet that follow one that failed */
  LOSS_DEFAULT_BLOCK,         /* no policy fits, and the default policy for output is to block */
  LOSS_SOCKET_POLICY,         /* the policy of a socket finds no SA */
  LOSS_TOO_BIG,               /* larger than what an SA leaves of the MTU, and not to be fragmented */
  LOSS_INTERFACE,             /* sent into an xfrm or VTI interface, which refused it */
  LOSS_NO_ENCAP_SOCKET,       /* ESP in UDP, and no socket is there to take it */
  LOSS_NO_HANDLER,            /* ESP, AH or IPComp, and the kernel has no handler for the protocol */
  LOSS_DECAP_QUEUE,           /* the queue behind decryption in tunnel mode is full */
  LOSS_TRANS_QUEUE,           /* the queue behind decryption in transport mode is full */
  LOSS_HOLD_QUEUE_FULL,       /* the queue in which a policy's packets wait for an SA is full */
  LOSS_HOLD_QUEUE_PURGED,     /* packets waited in that queue, and it was emptied */
  LOSS_UDP_GSO,               /* sent with UDP_SEGMENT over a route with IPsec */
  LOSS_TOO_SHORT,             /* ESP in UDP, too short for ESP */
  LOSS_NEXT_HOP,              /* encrypted, and its next hop does not resolve */
  LOSS_FRAGMENT,              /* a fragment of an encrypted packet did not arrive in time */
  LOSS_INPUT,                 /* refused by routing after decryption */
  LOSS_FIREWALL,              /* refused by the firewall after decryption */
  LOSS_ICMP,                  /* in sites only: an ICMP error, which may be one of several kinds above */
  LOSS_END
};

#endif
