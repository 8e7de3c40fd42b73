/*
 * fs: durable names and files; the few calls that all of store/ shares.
 *
 * "Durable" means: it survives a power loss. A file is durable after fs_sync, its name after
 * fs_sync of the directory that holds it. No failed sync is tried again: the kernel may have
 * forgotten the pages by then, so a second success would mean nothing.
 */
#ifndef STORE_FS_H
#define STORE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct err;

/*
 * As err_sys, except that a call that was interrupted by a signal that ends the run, or by its
 * deadline, is reported as that. errno is read on entry. Returns -1.
 */
int fs_fail(struct err *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * openat(2) with O_CLOEXEC, through interruptions: the descriptor, or -1 and e with the class
 * `status` and `shown` (for a person) in front; errno tells why.
 */
int fs_open(int dir, const char *path, int flags, mode_t mode, int status, const char *shown,
	struct err *e);

/* Open a directory for *at calls and syncs; -1 and EX_CANTCREAT. */
int fs_open_dir(int at, const char *path, const char *shown, struct err *e);

/* fsync and fdatasync; EX_IOERR. fs_sync_all: everything on the file system that holds fd. */
int fs_sync(int fd, const char *shown, struct err *e);
int fs_sync_data(int fd, const char *shown, struct err *e);
int fs_sync_all(int fd, const char *shown, struct err *e);

/* Does syncfs(2) report write errors here (Linux 5.8)? If not, sync files one by one. */
bool fs_sync_all_reports(void);

/* "a/b" of "a/b/c", "." of "c", "/" of "/c"; the caller frees. The last part: borrowed. */
char *fs_parent(const char *path);
const char *fs_base(const char *path);

/*
 * Rename without ever replacing; where the file system has no such rename, by link and unlink. 0;
 * 1: the new name is there already, nothing was changed; -1: errno is set.
 */
int fs_rename_new(int from_dir, const char *from, int to_dir, const char *to);

/* The same for a directory, within dir; where it cannot be asked for, an empty directory may be replaced. */
int fs_rename_dir_new(int dir, const char *from, const char *to);

/* 24 random hexadecimal digits and a NUL, for names nobody can guess. */
#define FS_RANDOM 25
void fs_random(char out[FS_RANDOM]);

/*
 * Create "PATH.RANDOM" beside path (O_EXCL, read and write) with that mode, less the umask. Returns
 * the descriptor; *name is the caller's to free. EX_CANTCREAT, which names PATH: the other name means
 * nothing to anybody.
 */
int fs_temp_beside(const char *path, mode_t mode, char **name, struct err *e);

/* pread(2) and pwrite(2) of all n octets, through interruptions and short counts; EX_IOERR. An end
 * of file before n octets is an error too. */
int fs_read_at(int fd, void *p, size_t n, uint64_t at, const char *shown, struct err *e);
int fs_write_at(int fd, const void *p, size_t n, uint64_t at, const char *shown, struct err *e);

/* Append all of a file to out; more than max octets: EX_DATAERR. EX_IOERR. */
int fs_read_all(int fd, size_t max, struct buf *out, const char *shown, struct err *e);

#endif
