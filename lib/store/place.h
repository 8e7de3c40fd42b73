/*
 * place: a path of a file that is written, safe against other local users.
 *
 * place_find walks the path once, component by component, and keeps the directory as a descriptor. A symbolic link
 * on the way is followed if we or root own it; a link of another user is refused, as by the kernel's
 * protected_symlinks, in every directory. From then on the file, and the files beside it (its lock, its
 * replacement), are reached through that descriptor and their last component alone, so that no rename or link that
 * another user makes later leads elsewhere.
 *
 * Errors are EX_CANTCREAT where not stated otherwise.
 */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct err;

struct place {
	char *path;  /* as it was given, without slashes at its end: for messages */
	char *name;  /* the last component, in dir; links resolved with PLACE_FOLLOW */
	int dir;     /* the directory, or -1 */
	bool hidden; /* the directory may be searched, but not read: it cannot be synced */
};

enum place_how {
	PLACE_FOLLOW = 1, /* the last component may be a link too (of ours, or of root) */
	PLACE_MAKE = 2,   /* make missing directories above it, mode 0700, durably */
};

/*
 * Find path, from the directory `at` (AT_FDCWD: the current one). The last component need not exist. End with
 * place_close in any case.
 */
int place_find(struct place *p, int at, const char *path, unsigned how, struct err *e);
void place_close(struct place *p);

/*
 * In the following, suffix is added to the last component: ".lock" is the file beside it; "" is the file itself.
 *
 * Open a file to write: flags as open(2) (not O_TRUNC); created with mode 0600. An existing file must be regular,
 * have one link and belong to us. errno says why open(2) failed; it is 0 if the file was refused.
 */
int place_open(const struct place *p, const char *suffix, int flags, struct err *e);

/* Open a file to read: not through a link, and without waiting at a FIFO. It may be of any kind and owner. */
int place_read(const struct place *p, const char *suffix, struct err *e);

/* Create a new file, 0600; one with this name that a killed run left is removed first. */
int place_create(const struct place *p, const char *suffix, struct err *e);

/* Create "NAME.RANDOM" with that mode less the umask, to become p: its suffix, ".RANDOM", is the caller's to free. */
int place_temp(const struct place *p, mode_t mode, char **suffix, struct err *e);

/* Open p, a directory that belongs to us or to root, for *at calls and syncs. */
int place_open_dir(const struct place *p, struct err *e);

/* lstat(2), unlink(2): 0, or -1 and errno. */
int place_stat(const struct place *p, const char *suffix, struct stat *sb);
int place_unlink(const struct place *p, const char *suffix);

/* Is fd still the file that p names? False also after any failure. */
bool place_is(const struct place *p, int fd);

/* Rename NAME+suffix to NAME, replacing it. */
int place_replace(const struct place *p, const char *suffix, struct err *e);

/* Make the names in the directory durable; EX_IOERR; EX_CANTCREAT: the directory is hidden. */
int place_sync(const struct place *p, struct err *e);

/*
 * Root must not create a destination in another user's directory: it would belong to the wrong user. 0, or -1 with a
 * message that says how to run mailnet as that user.
 */
int place_may_make(const struct place *p, struct err *e);

/* Would place_open accept the file that is there, or place_may_make its absence? For a refusal before any work. */
int place_check(const struct place *p, struct err *e);

/* The error for a file or directory of another user. Returns -1, errno is 0. */
int place_refuse_owner(const char *path, uid_t owner, struct err *e);

#endif
