// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file's keys: in a file of their own, or written out. */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "key.h"
#include "util.h"

/* A relative path starts where the configuration file is. */
static char *key_path(const struct saa_file *f, const char *file)
{
	char *copy, *path;

	if (*file == '/')
		return saa_strdup(file);
	copy = saa_strdup(f->path);
	path = saa_format("%s/%s", dirname(copy), file);
	free(copy);
	return path;
}

static void check_key_file(struct saa_file *f, const struct saa_file_key *k,
			   uint8_t *key, size_t key_len, bool need_key,
			   struct saa_diag *d)
{
	unsigned int line = saa_ydoc_line(&f->doc, "%s.%s", k->path,
					  k->file_word);
	char *path = key_path(f, k->file), *text;
	struct stat st;
	size_t len;

	text = saa_read_file(path, 4096, &len);
	if (!text && need_key)
		saa_error(d, line,
			  "%s %s cannot be read: %s; make one with \"%s\" and copy it to every edge",
			  k->file_word, path, strerror(errno), k->make);
	else if (!text)
		saa_warning(d, line, "%s %s cannot be read: %s", k->file_word,
			    path, strerror(errno));
	else if (!saa_base64_parse(text, key, key_len))
		saa_error(d, line,
			  "%s %s does not hold %zu bytes in base64; make one with \"%s\"",
			  k->file_word, path, key_len, k->make);
	if (text && !stat(path, &st) && st.st_mode & S_IRWXO)
		saa_warning(d, line,
			    "%s %s can be accessed by everyone; chmod o= %s",
			    k->file_word, path, path);
	free(text);
	free(path);
}

void saa_file_check_key(struct saa_file *f, const struct saa_file_key *k,
			uint8_t *key, size_t len, bool need_key,
			struct saa_diag *d)
{
	const char *name = strrchr(k->path, '.') + 1;
	unsigned int line = saa_ydoc_line(&f->doc, "%s.%s", k->path, k->word);

	if (k->text && k->file)
		saa_error(d, line, "%s has both %s and %s; remove one", name,
			  k->word, k->file_word);
	else if (k->file)
		check_key_file(f, k, key, len, need_key, d);
	else if (!k->text && !k->optional)
		saa_error(d, line,
			  "%s has no %s; add %s: PATH, made with \"%s\"", name,
			  k->word, k->file_word, k->make);
	else if (k->text && !saa_base64_parse(k->text, key, len))
		saa_error(d, line,
			  "%s is not %zu bytes in base64; make one with \"%s\"",
			  k->word, len, k->make);
}
