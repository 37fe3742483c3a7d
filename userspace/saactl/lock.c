// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One writer at a time in a network namespace. The kernel serializes
 * configurations by itself; the lock keeps a configuration and its routes
 * together. It is named by the namespace's inode and goes with the process. The
 * file stays: if it were removed, who waits for it would lock one that nobody else
 * sees. The kernel gives out inodes again, so there are few.
 * Who cannot write there (root of a user namespace, a service with CAP_NET_ADMIN
 * alone) locks the namespace's own file instead.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

#define LOCK_DIR "/run/saa"

/* Also while signals are held, one ends it. */
static int wait_for(int fd)
{
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return -1;
		if (signal_waits()) {
			errno = EINTR;
			return -1;
		}
		poll(NULL, 0, 50);
	}
	return 0;
}

int lock_namespace(void)
{
	struct stat st;
	char *path;
	int fd;

	if (stat("/proc/self/ns/net", &st)) {
		refuse("/proc/self/ns/net: %s", strerror(errno));
		return -1;
	}
	mkdir(LOCK_DIR, 0755);
	path = saa_format(LOCK_DIR "/netns-%llu.lock",
			  (unsigned long long)st.st_ino);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || wait_for(fd)) {
		refuse("lock %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

void unlock_namespace(int fd)
{
	if (fd >= 0)
		close(fd);
}
