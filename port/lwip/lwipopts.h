/* SPDX-License-Identifier: MIT */
/*
 * lwIP 2.2 for one client with two or three connections: no threads, raw API, IPv4. A board
 * has other values in its capacities (FV_CAP_FILE, see base/cap.h).
 *
 * RAM: received frames wait in chains of pool buffers of 256 bytes each, so that an acknowledgement
 * takes a fifth of a frame's buffers. The window is what the pool holds in addition to two such
 * small frames. Sent data is copied to the heap until it is acknowledged: one segment, because only
 * request heads are sent.
 */
#ifndef FV_LWIPOPTS_H
#define FV_LWIPOPTS_H

#ifdef FV_CAP_FILE
#include FV_CAP_FILE
#endif

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0

/* Memory. */
#ifndef MEM_ALIGNMENT
#define MEM_ALIGNMENT 4
#endif
#ifndef MEM_SIZE
#define MEM_SIZE 2048
#endif
#ifndef PBUF_POOL_SIZE
#define PBUF_POOL_SIZE 14
#endif
#define PBUF_POOL_BUFSIZE 256
#ifndef MEMP_NUM_PBUF
#define MEMP_NUM_PBUF 4
#endif
#ifndef MEMP_NUM_UDP_PCB
#define MEMP_NUM_UDP_PCB 2 /* DHCP, and one query at a time (udp.c) */
#endif
#ifndef MEMP_NUM_TCP_PCB
#define MEMP_NUM_TCP_PCB 4 /* two in use, two in TIME_WAIT */
#endif
#ifndef MEMP_NUM_TCP_PCB_LISTEN
#define MEMP_NUM_TCP_PCB_LISTEN 1
#endif
#ifndef MEMP_NUM_TCP_SEG
#define MEMP_NUM_TCP_SEG 8
#endif
#define MEMP_NUM_REASSDATA 0

/* Protocols. */
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define IP_FORWARD 0
#ifndef LWIP_ICMP
#define LWIP_ICMP 1
#endif
#define LWIP_RAW 0
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_DHCP 1
#define DHCP_DOES_ARP_CHECK 0
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_DNS 1 /* DHCP gets the name servers; own.c keeps them in place of core/dns.c */
#define ARP_TABLE_SIZE 4
#define ARP_QUEUEING 0
#define ETHARP_SUPPORT_STATIC_ENTRIES 0
#define LWIP_NETIF_HOSTNAME 0

/* TCP. */
#define TCP_MSS 1460
#ifndef TCP_WND
#define TCP_WND (2 * TCP_MSS)
#endif
#define TCP_SND_BUF TCP_MSS
#define TCP_SND_QUEUELEN 6
#define TCP_QUEUE_OOSEQ 0
#define LWIP_TCP_TIMESTAMPS 0
#define TCP_OVERSIZE 0
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1 /* the checks require a send buffer of two segments */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) fv_lwip_rand()

#define LWIP_STATS 0
#ifndef LWIP_NETIF_LOOPBACK
#define LWIP_NETIF_LOOPBACK 0
#endif
#define CHECKSUM_CHECK_TCP 1

#endif
