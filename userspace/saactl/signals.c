// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals wait while something is half done. */
#include <signal.h>

#include "tool.h"

static const int ends[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
static sigset_t former;

void hold_signals(void)
{
	sigset_t set;
	size_t i;

	/* who reads what is said may go away, too */
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		sigaddset(&set, ends[i]);
	sigprocmask(SIG_BLOCK, &set, &former);
}

void release_signals(void)
{
	sigprocmask(SIG_SETMASK, &former, NULL);
}

/* One that is ignored, as by nohup, may be pending, too. */
bool signal_waits(void)
{
	struct sigaction action;
	sigset_t pending;
	size_t i;

	sigpending(&pending);
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (sigismember(&pending, ends[i]) &&
		    !sigaction(ends[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			return true;
	return false;
}
