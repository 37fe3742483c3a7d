// SPDX-License-Identifier: GPL-2.0-or-later
/* Network namespaces by their names in /run/netns. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netns.h"
#include "util.h"

#define DIRECTORY "/run/netns"

bool saa_netns_name_ok(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") &&
	       strcmp(name, "..") && strlen(name) <= SAA_NETNS_NAME_MAX;
}

int saa_netns_open(const char *name)
{
	char *path = *name ? saa_format(DIRECTORY "/%s", name) :
			     saa_strdup("/proc/self/ns/net");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	free(path);
	return fd;
}

int saa_netns_enter(int netns)
{
	int former = saa_netns_open("");

	if (former >= 0 && setns(netns, CLONE_NEWNET)) {
		close(former);
		return -1;
	}
	return former;
}

void saa_netns_leave(int former)
{
	/* what comes next is not for where we are */
	if (setns(former, CLONE_NEWNET))
		abort();
	close(former);
}

bool saa_netns_same(int netns, int other)
{
	struct stat a, b;

	return !fstat(netns, &a) && !fstat(other, &b) && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

/* What is mounted there is to be seen by all that see the directory. */
static int share_directory(void)
{
	if (mkdir(DIRECTORY, 0755) && errno != EEXIST)
		return -errno;
	if (!mount("", DIRECTORY, NULL, MS_SHARED | MS_REC, NULL))
		return 0;
	/* not a mount point yet */
	if (errno != EINVAL ||
	    mount(DIRECTORY, DIRECTORY, NULL, MS_BIND | MS_REC, NULL) ||
	    mount("", DIRECTORY, NULL, MS_SHARED | MS_REC, NULL))
		return -errno;
	return 0;
}

int saa_netns_enter_new(void)
{
	int former = saa_netns_open("");

	if (former >= 0 && unshare(CLONE_NEWNET)) {
		close(former);
		return -1;
	}
	return former;
}

/* The one that the caller is in has the name of the file @path from now on. */
static int mount_own(const char *path)
{
	int err = 0, fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL)) {
		err = -errno;
		unlink(path);
	}
	return err;
}

int saa_netns_add(const char *name, int (*setup)(void *arg), void *arg)
{
	char *path = saa_format(DIRECTORY "/%s", name);
	int err = share_directory(), former;

	if (!err) {
		former = saa_netns_enter_new();
		if (former < 0) {
			err = -errno;
		} else {
			err = setup(arg);
			if (!err)
				err = mount_own(path);
			saa_netns_leave(former);
		}
	}
	free(path);
	return err;
}

int saa_netns_del(const char *name)
{
	char *path = saa_format(DIRECTORY "/%s", name);
	int err = 0;

	if (umount2(path, MNT_DETACH) || unlink(path))
		err = -errno;
	free(path);
	return err;
}

bool saa_netns_find(uint32_t inode, char name[SAA_NETNS_NAME_MAX + 1])
{
	DIR *dir = opendir(DIRECTORY);
	struct dirent *entry;
	bool found = false;
	struct stat st;

	while (dir && !found && (entry = readdir(dir))) {
		if (!saa_netns_name_ok(entry->d_name) ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0) ||
		    st.st_ino != inode)
			continue;
		found = true;
		snprintf(name, SAA_NETNS_NAME_MAX + 1, "%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}
