/*
 * place: the path of a file to write, protected against attacks by other local users.
 *
 * place_find walks the path once, component by component, and keeps a descriptor of the directory. A symbolic link in
 * the path is followed if we or root own it; a link of another user is refused in every directory (the kernel's
 * protected_symlinks does so only in sticky ones). From then on the file, its lock and its replacement are opened
 * through that descriptor by their last component, so that a rename or link made later by another user has no effect.
 *
 * Errors are EX_CANTCREAT unless stated otherwise.
 */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct buf;
struct err;

struct place {
	char *path;  /* as given, without slashes at its end; for error messages */
	char *name;  /* file name in dir; with PLACE_FOLLOW that of the link's target */
	int dir;     /* descriptor of the directory, or -1 */
	bool hidden; /* we may search the directory but not read it, so it cannot be synced */
};

enum place_how {
	PLACE_FOLLOW =
		1,      /* follow the last component as well, if it is a link of ours or of root */
	PLACE_MAKE = 2, /* make missing directories above it, mode 0700, durably */
};

/*
 * Find path, relative to the directory `at` (AT_FDCWD: the current one). The last component need not exist. Call
 * place_close also after an error.
 */
int place_find(struct place *p, int at, const char *path, unsigned how, struct err *e);
void place_close(struct place *p);

/*
 * In the following, suffix is added to the last component: ".lock" is the file beside it; "" is the file itself.
 *
 * Open a file to write: flags as open(2) (not O_TRUNC); created with mode 0600. An existing file must be regular,
 * have one link and belong to us. On an error errno is that of open(2), or 0 if the file was refused.
 */
int place_open(const struct place *p, const char *suffix, int flags, struct err *e);

/* Open a file to read, without following a link or waiting at a FIFO. Its kind and owner are not checked. EX_IOERR. */
int place_read(const struct place *p, const char *suffix, struct err *e);

/* Create a new file with mode 0600. A file with this name, left by a killed run, is removed first. */
int place_create(const struct place *p, const char *suffix, struct err *e);

/* Create "NAME.RANDOM" with that mode less the umask, for place_replace. The caller frees *suffix, ".RANDOM". */
int place_temp(const struct place *p, mode_t mode, char **suffix, struct err *e);

/* Open p, a directory that belongs to us or to root, for *at calls and syncs. */
int place_open_dir(const struct place *p, struct err *e);

/* lstat(2), unlink(2): 0, or -1 and errno. */
int place_stat(const struct place *p, const char *suffix, struct stat *sb);
int place_unlink(const struct place *p, const char *suffix);

/* Is fd still the file at p? False also on an error. */
bool place_is(const struct place *p, int fd);

/* Rename NAME+suffix to NAME, replacing it. */
int place_replace(const struct place *p, const char *suffix, struct err *e);

/* Sync the directory: its file names are durable then. EX_IOERR; EX_CANTCREAT if it is hidden. */
int place_sync(const struct place *p, struct err *e);

/*
 * Refuse to create a file as root in another user's directory, since root would own it. 0, or -1 with a message that
 * shows how to run mailnet as that user.
 */
int place_may_make(const struct place *p, struct err *e);

/* Would place_open accept the existing file, or place_may_make a new one? Used to refuse before any work is done. */
int place_check(const struct place *p, struct err *e);

/* Append the name of a user, or "#NUMBER" if the user has none. */
void place_user_name(uid_t user, struct buf *out);

/* Set the error for a file or directory of another user. Returns -1 with errno 0. */
int place_refuse_owner(const char *path, uid_t owner, struct err *e);

#endif
