/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The hash that picks a packet's bucket: SipHash-1-3 (Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF", with one compression and three
 * finalization rounds) of the remote address in network byte order, 4 or 16
 * bytes, under the cluster's 128-bit key; the low 32 bits of the result.
 *
 * A keyed hash, so that nobody who picks remote addresses can aim at one SR.
 * The key's bytes are the algorithm's k[0..15]. No alignment is assumed.
 */
#ifndef _UAPI_LINUX_SAA_HASH_H
#define _UAPI_LINUX_SAA_HASH_H

#include <linux/types.h>
#include <linux/stddef.h>

/* The key as the algorithm uses it: two little-endian words. */
struct saa_key {
	__u64 k0;
	__u64 k1;
};

/* Little-endian words: one load each where the CPU is, too. */
static __always_inline __u32 saa_le32(const __u8 *p)
{
	__u32 v;

	__builtin_memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

static __always_inline __u64 saa_le64(const __u8 *p)
{
	__u64 v;

	__builtin_memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* Likewise of the last @n < 8 bytes; the bytes above are 0. */
static __always_inline __u64 saa_le_tail(const __u8 *p, unsigned int n)
{
	unsigned int i = n & 4;
	__u64 v = i ? saa_le32(p) : 0;

	for (; i < n; i++)
		v |= (__u64)p[i] << (8 * i);
	return v;
}

static __always_inline void saa_key_init(struct saa_key *key, const __u8 bytes[16])
{
	key->k0 = saa_le64(bytes);
	key->k1 = saa_le64(bytes + 8);
}

static __always_inline __u64 saa_rol64(__u64 v, unsigned int n)
{
	return v << n | v >> (64 - n);
}

static __always_inline void saa_sip_round(__u64 v[4])
{
	v[0] += v[1];
	v[1] = saa_rol64(v[1], 13);
	v[1] ^= v[0];
	v[0] = saa_rol64(v[0], 32);
	v[2] += v[3];
	v[3] = saa_rol64(v[3], 16);
	v[3] ^= v[2];
	v[0] += v[3];
	v[3] = saa_rol64(v[3], 21);
	v[3] ^= v[0];
	v[2] += v[1];
	v[1] = saa_rol64(v[1], 17);
	v[1] ^= v[2];
	v[2] = saa_rol64(v[2], 32);
}

/**
 * saa_siphash13() - SipHash-1-3 of a message
 * @data: the message
 * @len: its length in bytes
 * @key: the key
 *
 * Return: the 64-bit hash of the published algorithm.
 */
static __always_inline __u64 saa_siphash13(const void *data, unsigned int len,
					   const struct saa_key *key)
{
	const __u8 *p = (const __u8 *)data;
	__u64 v[4] = {
		key->k0 ^ 0x736f6d6570736575ULL,
		key->k1 ^ 0x646f72616e646f6dULL,
		key->k0 ^ 0x6c7967656e657261ULL,
		key->k1 ^ 0x7465646279746573ULL,
	};
	unsigned int left = len;
	__u64 m;

	for (; left >= 8; left -= 8, p += 8) {
		m = saa_le64(p);
		v[3] ^= m;
		saa_sip_round(v);
		v[0] ^= m;
	}
	m = saa_le_tail(p, left) | (__u64)len << 56;
	v[3] ^= m;
	saa_sip_round(v);
	v[0] ^= m;
	v[2] ^= 0xff;
	saa_sip_round(v);
	saa_sip_round(v);
	saa_sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/**
 * saa_hash() - hash of a remote address
 * @addr: the address in network byte order
 * @len: 4 for IPv4, 16 for IPv6
 * @key: the cluster's key
 *
 * Return: the low 32 bits of SipHash-1-3. The bucket is this modulo the
 * table's size, which is a power of two.
 */
static __always_inline __u32 saa_hash(const void *addr, unsigned int len,
				      const struct saa_key *key)
{
	return (__u32)saa_siphash13(addr, len, key);
}

#endif /* _UAPI_LINUX_SAA_HASH_H */
