// SPDX-License-Identifier: GPL-2.0-only
/*
 * State sync: what is derived from the cluster's key. See saa_sync.h for what
 * it is good for. Process context.
 */

#include <crypto/hash.h>
#include <crypto/sha2.h>
#include "sync.h"

static_assert(SAA_SYNC_KEY_LEN == SHA256_DIGEST_SIZE);

/* HMAC-SHA256 of up to three parts; a part without length is left out. */
static int saa_hmac(const u8 *key, const char *label, const void *a,
		    size_t a_len, const void *b, size_t b_len, u8 *digest)
{
	struct crypto_shash *tfm;
	int err;

	tfm = crypto_alloc_shash("hmac(sha256)", 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = crypto_shash_setkey(tfm, key, SAA_SYNC_KEY_LEN);
	if (!err) {
		SHASH_DESC_ON_STACK(desc, tfm);

		desc->tfm = tfm;
		err = crypto_shash_init(desc) ?:
		      crypto_shash_update(desc, label, strlen(label)) ?:
		      crypto_shash_update(desc, a, a_len) ?:
		      crypto_shash_update(desc, b, b_len) ?:
		      crypto_shash_final(desc, digest);
		shash_desc_zero(desc);
	}
	crypto_free_shash(tfm);
	return err;
}

/**
 * saa_auth_key_id() - tell keys apart without telling what they are
 * @key: SAA_SYNC_KEY_LEN bytes
 * @id: filled with SAA_SYNC_KEY_ID_LEN bytes
 *
 * Return: 0 or a negative error.
 */
int saa_auth_key_id(const u8 *key, u8 *id)
{
	u8 digest[SHA256_DIGEST_SIZE];
	int err;

	err = saa_hmac(key, "saa sync 1 id", "", 0, "", 0, digest);
	if (!err)
		memcpy(id, digest, SAA_SYNC_KEY_ID_LEN);
	memzero_explicit(digest, sizeof(digest));
	return err;
}

/**
 * saa_auth_derive() - the session keys of a connection
 * @key: the cluster's key
 * @connector: hello of the one that connected
 * @listener: hello of the other one
 * @forth: filled with the key of what the connector sends
 * @back: filled with the key of what the listener sends
 *
 * Return: 0 or a negative error.
 */
int saa_auth_derive(const u8 *key, const struct saa_sync_hello *connector,
		    const struct saa_sync_hello *listener, u8 *forth, u8 *back)
{
	return saa_hmac(key, "saa sync 1 forth", connector, sizeof(*connector),
			listener, sizeof(*listener), forth) ?:
	       saa_hmac(key, "saa sync 1 back", connector, sizeof(*connector),
			listener, sizeof(*listener), back);
}
