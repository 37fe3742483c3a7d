/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that answers what it is told to: libnl's receiving end gets its
 * messages from a buffer, what is sent goes nowhere. For fuzzers of the tool;
 * fake_kernel.c says which functions the linker puts it in the place of.
 */
#ifndef SAA_FAKE_KERNEL_H
#define SAA_FAKE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* All that the kernel says from now on, message after message. */
void fake_kernel_answers(const uint8_t *bytes, size_t len);

/* The file of this name, in place of the file system; NULL: no more files. */
void fake_file(const char *path, const char *text, size_t len);

#endif
