// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random frames for a member or a shadow port of an SR: packets of flows that the SR of lib/topology.sh may forward,
 * translate or punt, with right checksums; then, many of them, made wrong. Every other frame is one of the generator
 * of the parser test, whose addresses and ports are random. Frames with virtio headers are up to 64 KB long.
 *
 * For a tunnel all this is in a Geneve packet, whose options and headers may be wrong, too.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <string.h>

#include "frames.h"

#define PICK(rng, array) ((array)[below((rng), sizeof(array) / sizeof((array)[0]))])

enum { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58 };

/* Where the parts of a packet are, for checksums and virtio headers. */
struct layout {
	unsigned int l3, l4, len;
	int protocol;
	bool v6, broken;	/* a fragment, or otherwise not to be offloaded */
};

static unsigned int below(struct rng *rng, unsigned int limit)
{
	return random_u32(rng) % limit;
}

static bool percent(struct rng *rng, unsigned int p)
{
	return below(rng, 100) < p;
}

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void noise(struct rng *rng, uint8_t *p, unsigned int len)
{
	while (len--)
		*p++ = random_u32(rng);
}

static uint32_t add(uint32_t sum, const uint8_t *p, unsigned int len)
{
	for (; len > 1; p += 2, len -= 2)
		sum += p[0] << 8 | p[1];
	return len ? sum + (p[0] << 8) : sum;
}

static unsigned int fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t pseudo(const uint8_t *ip, const struct layout *at)
{
	unsigned int addrs = at->v6 ? 8 : 12, size = at->v6 ? 16 : 4;

	return add(at->protocol + at->len - at->l4, ip + addrs, 2 * size);
}

static unsigned int checksum_offset(int protocol)
{
	return protocol == TCP ? 16 : protocol == UDP ? 6 : 2;
}

/* The checksum of the transport header, as far as it has one; with @partial only of its pseudo header. */
static void checksum(uint8_t *data, const struct layout *at, bool partial)
{
	uint8_t *p = data + at->l4 + checksum_offset(at->protocol);
	uint32_t sum = at->protocol == ICMP ? 0 : pseudo(data + at->l3, at);

	if (at->protocol != TCP && at->protocol != UDP && at->protocol != ICMP && at->protocol != ICMPV6)
		return;
	put16(p, 0);
	if (partial)
		put16(p, fold(sum));
	else
		put16(p, ~fold(add(sum, data + at->l4, at->len - at->l4)));
}

static void ipv4_checksum(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, ~fold(add(0, ip, (ip[0] & 15) * 4)));
}

/* Addresses that mean something: hosts inside and outside, the pool, the virtual server, and this SR. */
static void inside(struct rng *rng, uint8_t *a, bool v6)
{
	if (v6)
		inet_pton(AF_INET6, "fd00:10::", a);
	else
		inet_pton(AF_INET, "10.1.0.0", a);
	a[v6 ? 15 : 3] = 1 + below(rng, 30);
}

static void outside(struct rng *rng, uint8_t *a, bool v6)
{
	if (v6)
		inet_pton(AF_INET6, "2001:db8:203::", a);
	else
		inet_pton(AF_INET, "203.0.113.0", a);
	a[v6 ? 15 : 3] = 1 + below(rng, 100);
}

static void shared(struct rng *rng, uint8_t *a, bool v6)
{
	static const uint8_t hosts[] = { 1, 2, 3, 4, 80 };
	unsigned int host = PICK(rng, hosts);

	if (v6)
		inet_pton(AF_INET6, "2001:db8:51::", a);
	else
		inet_pton(AF_INET, "198.51.100.0", a);
	a[v6 ? 15 : 3] = v6 && host == 80 ? 0x80 : host;
}

static void own(uint8_t *a, bool v6)
{
	if (v6)
		inet_pton(AF_INET6, "fd00:16:1::2", a);
	else
		inet_pton(AF_INET, "172.16.1.2", a);
}

static void addresses(struct rng *rng, const struct target *to, uint8_t *src, uint8_t *dst, bool v6)
{
	if (to->south) {
		inside(rng, src, v6);
		outside(rng, dst, v6);
	} else {
		outside(rng, src, v6);
		if (percent(rng, 60))
			shared(rng, dst, v6);
		else
			inside(rng, dst, v6);
	}
	if (percent(rng, 3))
		own(dst, v6);
}

static unsigned int payload_len(struct rng *rng, bool virtio)
{
	static const unsigned int large[] = { 1473, 2000, 9000, 16000, 40000, 64000 };

	if (virtio && percent(rng, 20))
		return PICK(rng, large) + below(rng, 1000);
	return percent(rng, 80) ? below(rng, 100) : below(rng, 1300);
}

/* A transport header and payload at @p; returns the length. */
static unsigned int transport(struct rng *rng, uint8_t *p, int protocol, unsigned int len, bool v6)
{
	static const uint8_t tcp_flags[] = { 0x02, 0x02, 0x02, 0x10, 0x18, 0x11, 0x04, 0x12, 0x00, 0xff };
	static const uint16_t ports[] = { 7, 7, 7, 80, 443, 53, 0, 65535 };

	memset(p, 0, 20);
	switch (protocol) {
	case TCP:
		put16(p, 1024 + below(rng, 4000));
		put16(p + 2, PICK(rng, ports));
		noise(rng, p + 4, 8);
		p[12] = 0x50;
		p[13] = PICK(rng, tcp_flags);
		put16(p + 14, 65535);
		noise(rng, p + 20, len);
		return 20 + len;
	case UDP:
		put16(p, 1024 + below(rng, 4000));
		put16(p + 2, PICK(rng, ports));
		put16(p + 4, 8 + len);
		noise(rng, p + 8, len);
		return 8 + len;
	case ICMP:
	case ICMPV6:
		p[0] = v6 ? 128 + below(rng, 2) : 8 * below(rng, 2);
		put16(p + 4, below(rng, 100));
		noise(rng, p + 8, len);
		return 8 + len;
	default:
		noise(rng, p, 8 + len);
		return 8 + len;
	}
}

/* An ICMP error about a packet that goes the other way. */
static unsigned int error(struct rng *rng, uint8_t *p, const struct target *to, bool v6)
{
	static const uint8_t types4[] = { 3, 3, 4, 5, 11, 12 }, types6[] = { 1, 2, 2, 3, 4, 127 };
	struct target back = *to;
	uint8_t *ip = p + 8;
	unsigned int len;

	memset(p, 0, 68);
	p[0] = v6 ? PICK(rng, types6) : PICK(rng, types4);
	p[1] = below(rng, 5);
	put16(p + 6, 1280);
	back.south = !to->south;
	len = transport(rng, ip + (v6 ? 40 : 20), percent(rng, 50) ? UDP : TCP, below(rng, 40), v6);
	if (v6) {
		ip[0] = 0x60;
		put16(ip + 4, len);
		ip[6] = UDP;
		ip[7] = 60;
		addresses(rng, &back, ip + 8, ip + 24, true);
		return 8 + 40 + len;
	}
	ip[0] = 0x45;
	put16(ip + 2, 20 + len);
	ip[8] = 60;
	ip[9] = UDP;
	addresses(rng, &back, ip + 12, ip + 16, false);
	ipv4_checksum(ip);
	return 8 + 20 + len;
}

/* Extension headers of 8 bytes at @p, the first one's type in *@next; returns their length. */
static unsigned int extensions(struct rng *rng, uint8_t *p, uint8_t *next, struct layout *at)
{
	static const uint8_t types[] = { 43, 44, 51, 60 };
	unsigned int n = percent(rng, 70) ? 0 : 1 + below(rng, 8), len = 8 * n;
	uint8_t last = *next;

	at->broken = n > 0;
	while (n--) {
		*next = PICK(rng, types);
		next = p;
		memset(p, 0, 8);
		if (percent(rng, 10))
			p[3] = 9;	/* of a fragment: offset, more to come */
		p += 8;
	}
	*next = last;
	return len;
}

/* A packet at @data + @l3 */
static struct layout packet(struct rng *rng, uint8_t *data, unsigned int l3, const struct target *to, bool virtio)
{
	static const uint8_t protocols[] = { TCP, TCP, TCP, UDP, UDP, ICMP, ICMP, 50, 132 };
	struct layout at = { .l3 = l3, .v6 = percent(rng, 45), .protocol = PICK(rng, protocols) };
	bool is_error = percent(rng, 10);
	uint8_t *ip = data + l3;
	unsigned int len;

	if (at.v6 && at.protocol == ICMP)
		at.protocol = ICMPV6;
	if (is_error)
		at.protocol = at.v6 ? ICMPV6 : ICMP;
	if (at.v6) {
		memset(ip, 0, 40);
		ip[0] = 0x60;
		ip[6] = at.protocol;
		ip[7] = percent(rng, 95) ? 64 : below(rng, 3);
		addresses(rng, to, ip + 8, ip + 24, true);
		at.l4 = l3 + 40 + extensions(rng, ip + 40, ip + 6, &at);
	} else {
		memset(ip, 0, 20);
		ip[0] = 0x45;
		noise(rng, ip + 4, 2);
		ip[8] = percent(rng, 95) ? 64 : below(rng, 3);
		ip[9] = at.protocol;
		addresses(rng, to, ip + 12, ip + 16, false);
		at.l4 = l3 + 20;
		if (percent(rng, 10)) {
			put16(ip + 6, 1 << 13 | (percent(rng, 50) ? below(rng, 100) : 0));
			at.broken = true;
		}
	}
	if (is_error)
		len = error(rng, data + at.l4, to, at.v6);
	else
		len = transport(rng, data + at.l4, at.protocol, payload_len(rng, virtio), at.v6);
	at.len = at.l4 + len;
	if (at.v6) {
		put16(ip + 4, at.len - l3 - 40);
	} else {
		put16(ip + 2, at.len - l3);
		ipv4_checksum(ip);
	}
	checksum(data, &at, false);
	return at;
}

/* The offloads that the packet asks for, right or odd. */
static void virtio_header(struct rng *rng, struct frame *frame, const struct layout *at)
{
	static const uint8_t types[] = { 0, 0, 1, 3, 4, 5, 0x81, 0x84, 2, 6, 0xff };
	static const uint16_t sizes[] = { 0, 1, 8, 100, 536, 1000, 1400, 1448, 1500, 9000, 65535 };
	struct virtio_net_hdr *hdr = &frame->virtio;
	unsigned int header = at->protocol == TCP ? 20 : 8;

	if (!at->len || percent(rng, 10)) {	/* anything */
		hdr->flags = below(rng, 4);
		hdr->gso_type = PICK(rng, types);
		hdr->gso_size = PICK(rng, sizes);
		hdr->hdr_len = below(rng, frame->len + 10);
		hdr->csum_start = below(rng, frame->len + 10);
		hdr->csum_offset = below(rng, 40);
		frame->valid = false;
		return;
	}
	if (at->broken || (at->protocol != TCP && at->protocol != UDP) || percent(rng, 20))
		return;
	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = at->l4;
	hdr->csum_offset = checksum_offset(at->protocol);
	checksum(frame->data, at, true);
	if (at->len - at->l4 <= header + 100 || percent(rng, 20))
		return;
	if (at->protocol == TCP)
		hdr->gso_type = at->v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	else
		hdr->gso_type = 5;	/* UDP_L4; its value is newer than some headers */
	hdr->gso_size = percent(rng, 60) ? 1000 : PICK(rng, sizes);
	hdr->hdr_len = at->l4 + header;
	/* The stack may not believe it. */
	frame->valid = false;
}

void punt_mac(uint8_t *mac, const struct gateway *g, bool south, bool second, uint16_t sr)
{
	mac[0] = 2;
	mac[1] = 0xa0 | south | second << 1;
	put16(mac + 2, g->id);
	put16(mac + 4, sr);
}

/* As lib/geneve.sh has it. */
unsigned int punt_vni(bool south)
{
	return 1001 + south;
}

void edge_address(uint8_t *a, uint16_t sr, bool v6)
{
	if (v6) {
		inet_pton(AF_INET6, "fd00:19:0::2", a);
		a[5] = sr;
	} else {
		inet_pton(AF_INET, "172.19.0.2", a);
		a[2] = sr;
	}
}

/* The option of a punt frame; returns its length. */
unsigned int punt_option(uint8_t *p, const struct gateway *g, uint16_t sr, uint16_t group, bool second)
{
	memcpy(p, "\xff\xa0\x81\2\1", 5);
	p[5] = second;
	put16(p + 6, g->id);
	put16(p + 8, sr);
	put16(p + 10, group);
	return 12;
}

/* An Ethernet header of a member or of a punt frame; returns its length. */
static unsigned int ethernet(struct rng *rng, const struct gateway *g, const struct target *to, uint8_t *p)
{
	if (!to->port) {
		memcpy(p, to->mac, 6);
		memcpy(p + 6, "\2\0\0\0\0\x99", 6);
		if (percent(rng, 3))	/* as if it had been punted */
			punt_mac(p + 6, g, to->south, percent(rng, 50), g->other);
		return 14;
	}
	punt_mac(p, g, to->south, false, g->me);
	punt_mac(p + 6, g, to->south, percent(rng, 30), g->other);
	if (to->tunnel)
		return 14;
	put16(p + 12, ETHERTYPE_VLAN);
	put16(p + 14, to->groups[below(rng, to->n_groups)] | below(rng, 16) << 12);
	return 18;
}

/* Makes the frame's Ethernet header wrong in one way. */
static void wrong_header(struct rng *rng, const struct gateway *g, const struct target *to, uint8_t *p)
{
	static const uint16_t types[] = { 0x8100, 0x88a8, 0x88b5, 0x0806, 0x0800, 0x86dd, 0x0000, 0x05dc, 0xffff };

	switch (below(rng, 9)) {
	case 0: p[below(rng, 6)] ^= 1 << below(rng, 8); break;
	case 1: p[6 + below(rng, 6)] ^= 1 << below(rng, 8); break;
	case 2: put16(p + 12, PICK(rng, types)); break;
	case 3: put16(p + 14, random_u32(rng)); break;
	case 4: put16(p + 16, PICK(rng, types)); break;
	case 5: punt_mac(p + 6, g, to->south, percent(rng, 50), g->me); break;
	case 6: punt_mac(p + 6, g, !to->south, percent(rng, 50), g->other); break;
	case 7: memset(p, 0xff, 6); break;
	case 8: noise(rng, p, 12); break;
	}
}

static void mutate(struct rng *rng, const struct gateway *g, const struct target *to, struct frame *frame,
		   unsigned int l3)
{
	unsigned int n;

	frame->valid = frame->handled = false;
	switch (below(rng, 5)) {
	case 0:
		wrong_header(rng, g, to, frame->data);
		break;
	case 1:		/* cut */
		frame->len = 14 + below(rng, frame->len - 13);
		break;
	case 2:		/* longer than it says */
		n = below(rng, 60);
		if (frame->len + n > FRAME_MAX)
			break;
		noise(rng, frame->data + frame->len, n);
		frame->len += n;
		break;
	case 3:		/* headers changed, but for a right checksum */
		for (n = 1 + below(rng, 3); n; n--)
			frame->data[l3 + below(rng, 60)] = random_u32(rng);
		if (frame->data[l3] >> 4 == 4 && frame->len >= l3 + 60)
			ipv4_checksum(frame->data + l3);
		break;
	case 4:
		for (n = 1 + below(rng, 8); n; n--)
			frame->data[below(rng, frame->len)] = random_u32(rng);
		break;
	}
}

/* A frame of the parser test's generator, to the right address as a rule. */
static unsigned int from_generator(struct rng *rng, const struct gateway *g, const struct target *to,
				   struct frame *frame)
{
	static uint8_t other[2 * PACKET_MAX];
	unsigned int l3, from = 14;

	frame->len = random_packet(rng, other);
	if (frame->len < 14)
		frame->len = 14;
	if (percent(rng, 20)) {		/* tags and all; only the address is ours */
		memcpy(frame->data, other, frame->len);
		ethernet(rng, g, to, other);
		memcpy(frame->data, other, percent(rng, 50) ? 6 : 12);
		return 14;
	}
	while (from + 4 < frame->len && other[from - 2] == 0x81)
		from += 4;
	l3 = ethernet(rng, g, to, frame->data);
	memcpy(frame->data + l3, other + from, frame->len - from);
	memcpy(frame->data + l3 - 2, other + from - 2, 2);
	frame->len += l3 - from;
	if (frame->len >= l3 + 20 && frame->data[l3] >> 4 == 4 && frame->len >= l3 + (frame->data[l3] & 15) * 4 &&
	    percent(rng, 90))
		ipv4_checksum(frame->data + l3);
	return l3;
}

/* Options at @p, as a rule the right one; returns their length, and whether they are right. */
static unsigned int options(struct rng *rng, const struct gateway *g, const struct target *to, bool second, uint8_t *p,
			    bool *right)
{
	uint16_t group = to->groups[below(rng, to->n_groups)];
	unsigned int len = punt_option(p, g, g->other, group, second), n;

	*right = percent(rng, 70);
	if (*right)
		return len;
	switch (below(rng, 5)) {
	case 0:
		return 0;
	case 1:		/* changed */
		p[below(rng, len)] ^= 1 << below(rng, 8);
		return len;
	case 2:		/* twice */
		return len + punt_option(p + len, g, g->other, group, second);
	case 3:		/* and another one */
		n = below(rng, 32);
		noise(rng, p + len, 4 + 4 * n);
		p[len + 3] = n;
		return len + 4 + 4 * n;
	default:
		n = 4 * below(rng, 64);
		noise(rng, p, n);
		return n;
	}
}

/* Puts the punt frame into a Geneve packet from the other SR's edge. */
static struct layout encapsulate(struct rng *rng, const struct gateway *g, const struct target *to, struct frame *frame)
{
	struct layout at = { .l3 = 14, .protocol = UDP, .v6 = percent(rng, 95) ? to->v6 : !to->v6 };
	static uint8_t outer[400];
	unsigned int vni = punt_vni(to->south), len;
	uint8_t *ip = outer + at.l3, *udp, *geneve;
	bool right;

	memset(outer, 0, sizeof(outer));
	memcpy(outer, to->mac, 6);
	memcpy(outer + 6, "\2\0\0\0\0\x99", 6);
	put16(outer + 12, at.v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	at.l4 = at.l3 + (at.v6 ? 40 : 20);
	udp = outer + at.l4;
	geneve = udp + 8;
	len = options(rng, g, to, frame->data[7] & 2, geneve + 8, &right);
	if (percent(rng, 5))
		vni = percent(rng, 50) ? punt_vni(!to->south) : random_u32(rng) >> 8;
	if (!right || vni != punt_vni(to->south) || at.v6 != to->v6)
		frame->valid = false;
	geneve[0] = len / 4;
	geneve[1] = 0x40;	/* options are critical */
	put16(geneve + 2, 0x6558);
	put16(geneve + 4, vni >> 8);
	geneve[6] = vni;
	len += at.l4 + 16;
	at.len = len + frame->len;

	put16(udp, 49152 + below(rng, 16384));
	put16(udp + 2, GENEVE_PORT);
	put16(udp + 4, at.len - at.l4);
	if (at.v6) {
		ip[0] = 0x60;
		put16(ip + 4, at.len - at.l4);
		ip[6] = UDP;
		ip[7] = 64;
		edge_address(ip + 8, g->other, true);
		edge_address(ip + 24, g->me, true);
	} else {
		ip[0] = 0x45;
		put16(ip + 2, at.len - at.l3);
		ip[8] = 64;
		ip[9] = UDP;
		edge_address(ip + 12, g->other, false);
		edge_address(ip + 16, g->me, false);
		ipv4_checksum(ip);
	}
	memmove(frame->data + len, frame->data, frame->len);
	memcpy(frame->data, outer, len);
	frame->len = at.len;
	if (percent(rng, 50))	/* else none, which is right over IPv6 as well */
		checksum(frame->data, &at, false);
	return at;
}

void frame_make(struct rng *rng, const struct gateway *g, const struct target *to, bool virtio, struct frame *frame)
{
	struct layout at = { 0 };
	unsigned int l3;

	frame->to = to;
	memset(&frame->virtio, 0, sizeof(frame->virtio));
	if (percent(rng, 40)) {
		frame->valid = false;
		l3 = from_generator(rng, g, to, frame);
	} else {
		l3 = ethernet(rng, g, to, frame->data);
		at = packet(rng, frame->data, l3, to, virtio);
		put16(frame->data + l3 - 2, at.v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
		frame->len = at.len;
		frame->valid = true;
	}
	frame->handled = frame->valid;
	if (to->tunnel) {
		if (percent(rng, 40))
			mutate(rng, g, to, frame, l3);
		at = encapsulate(rng, g, to, frame);
		l3 = at.l3;
	}
	if (virtio)
		virtio_header(rng, frame, &at);
	if (percent(rng, to->tunnel ? 15 : 40))
		mutate(rng, g, to, frame, l3);
}
