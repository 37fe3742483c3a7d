// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of nftables in this network namespace, as nft(8) prints them. */
#include <stdio.h>
#include <stdlib.h>

#include "digest.h"
#include "util.h"

/* Without counters, which change by themselves. */
char *nft_ruleset(void)
{
	char *text = NULL, buf[4096];
	FILE *nft = popen("nft -s list ruleset", "r"), *out;
	size_t size, n;

	if (!nft)
		return NULL;
	out = saa_open_text(&text, &size);
	while ((n = fread(buf, 1, sizeof(buf), nft)))
		fwrite(buf, 1, n, out);
	fclose(out);
	if (!pclose(nft))
		return text;
	free(text);
	return NULL;
}
