/*
 * confine: give up the rights that the rest of the run does not need, so that an attacker who takes over the
 * process through a bug in a parser cannot read, write, start or reach anything else.
 *
 * On Linux: no_new_privs, Landlock for files (ABI 2 or newer: Linux 5.19) and seccomp for system calls, each if the
 * kernel has it. On OpenBSD: pledge(2) and unveil(2). A forbidden call fails with EPERM (Landlock: EACCES) and does not
 * end the process, since libraries try calls and have a fallback.
 *
 * Child processes inherit the confinement, and it cannot be undone. So a process that still has to run a command must
 * not be confined: commands, including set-user-ID programs, run with all rights of the user.
 */
#ifndef CLIENT_CONFINE_H
#define CLIENT_CONFINE_H

#include <stdbool.h>

#include "base/buf.h"

/* The rights to keep. Fill with the functions below, free with confine_free; `struct confine c = {0};` keeps none. */
struct confine {
	bool dial;        /* may connect again: sockets, a child for the resolver, read any file */
	bool any_file;    /* the files to be used are not known yet: files are not confined */
	struct buf write; /* paths, each ended by NUL, below which files may be read and written */
	struct buf read;  /* paths, each ended by NUL, below which files may be read */
};

/* Allow to read and write below the directory dir, which need not exist. A symbolic link is followed. */
void confine_write_dir(struct confine *c, const char *dir);

/* Allow to read and write the file, its lock and its temporary files: everything below its directory. */
void confine_write_file(struct confine *c, const char *path);

/*
 * Allow to store in dest, a DEST argument (store/destination.h): an mbox as by confine_write_file, a Maildir with its
 * directories, which may be links to another disk. Other kinds need no files.
 */
void confine_write_dest(struct confine *c, const char *dest);

/* Allow to read the file, or below the directory. */
void confine_read(struct confine *c, const char *path);

/*
 * Give up all other rights, as far as the kernel supports it. A second call can only remove more rights. Appends the
 * names of the mechanisms in force to report: "no_new_privs, Landlock ABI 7, seccomp"; "nothing" if there are none.
 */
void confine_enter(const struct confine *c, struct buf *report);

void confine_free(struct confine *c);

#endif
