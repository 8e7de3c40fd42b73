/*
 * confine: give up the rights that the rest of the run does not need, so that an attacker who takes over the
 * process through a bug in a parser cannot read, write, start or reach anything else.
 *
 * On Linux: no_new_privs, Landlock for files (ABI 2 or newer, that is Linux 5.19) and seccomp for system calls,
 * each where the kernel has it. Where pledge(2) and unveil(2) exist they are used instead. A forbidden call
 * fails with EPERM (Landlock: EACCES), it does not end the process: libraries try calls and cope with a refusal.
 *
 * All of this is inherited by children and cannot be undone. So a process that still has to run a command must
 * not be confined: a command runs with the rights of the user, set-user-ID programs included.
 */
#ifndef CLIENT_CONFINE_H
#define CLIENT_CONFINE_H

#include <stdbool.h>

#include "base/buf.h"

/* The rights that stay. Fill by the functions below, free with confine_free. */
struct confine {
	bool dial; /* further connections: sockets, a resolver in a child, every file may be read */
	bool any_file;    /* which files will be needed is not known: files are not confined */
	struct buf write; /* paths, each ended by NUL: below these, read and write */
	struct buf read;  /* the same: below these, read */
};

/* Read and write below the directory DIR, which may not exist yet. A link there is followed. */
void confine_write_dir(struct confine *c, const char *dir);

/* Read and write the file, its lock and its temporary files: everything below its directory. */
void confine_write_file(struct confine *c, const char *path);

/* Read below the path, a file or a directory. */
void confine_read(struct confine *c, const char *path);

/*
 * Give up everything else, as far as the kernel can. A second call can only take more away. Appends the names
 * of the mechanisms in force to report: "no_new_privs, Landlock ABI 7, seccomp"; "nothing" if there are none.
 */
void confine_enter(const struct confine *c, struct buf *report);

void confine_free(struct confine *c);

#endif
