/*
 * fs: system calls for files that all of store/ shares: open, read, write, rename, sync.
 *
 * "Durable" means: survives a power loss. A file is durable after fs_sync, its name after fs_sync of the directory that
 * holds it. A failed sync is never repeated: the kernel may have dropped the unwritten pages, so the second sync could
 * succeed although the data is lost.
 *
 * In all functions `shown` is the path in error messages.
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
 * openat(2) with O_CLOEXEC, repeated after interruptions. Returns the descriptor; -1: e with the exit status `status`,
 * and errno of openat.
 */
int fs_open(int dir, const char *path, int flags, mode_t mode, int status, const char *shown,
	struct err *e);

/* EX_NOINPUT if an open file is a directory, which cannot be read. */
int fs_refuse_dir(int fd, const char *shown, struct err *e);

/* May the rest of an open file contain c? True also if the file is not a regular one, or cannot be read in advance. */
bool fs_may_contain(int fd, char c);

/* Open a directory for *at calls and syncs. -1: EX_CANTCREAT. */
int fs_open_dir(int at, const char *path, const char *shown, struct err *e);

/* fsync(2), fdatasync(2), and syncfs(2) of the file system that holds fd. EX_IOERR. */
int fs_sync(int fd, const char *shown, struct err *e);
int fs_sync_data(int fd, const char *shown, struct err *e);
int fs_sync_all(int fd, const char *shown, struct err *e);

/* Does syncfs(2) report write errors here (Linux 5.8)? If not, sync files one by one. */
bool fs_sync_all_reports(void);

/* The directory of a path: "a/b" of "a/b/c", "." of "c", "/" of "/c"; the caller frees it. The last part: borrowed. */
char *fs_parent(const char *path);
const char *fs_base(const char *path);

/*
 * Rename without replacing an existing file; on file systems without RENAME_NOREPLACE by link and unlink. 0; 1: the new
 * name exists already and nothing was changed; -1: errno is set.
 */
int fs_rename_new(int from_dir, const char *from, int to_dir, const char *to);

/* The same for a directory within dir. Without RENAME_NOREPLACE an existing empty directory is replaced. */
int fs_rename_dir_new(int dir, const char *from, const char *to);

/* 24 random hexadecimal digits and a NUL, for file names that other users cannot guess. */
#define FS_RANDOM 25
void fs_random(char out[FS_RANDOM]);

/*
 * Create "PATH.RANDOM" in the directory of path (O_EXCL, read and write) with that mode, less the umask. Returns the
 * descriptor; the caller frees *name. EX_CANTCREAT; the message names PATH, since the random name would not help the
 * user.
 */
int fs_temp_beside(const char *path, mode_t mode, char **name, struct err *e);

/*
 * pread(2) and pwrite(2) of all n bytes at offset `at`, repeated after interruptions and short counts. EX_IOERR, also
 * if the file ends before n bytes were read.
 */
int fs_read_at(int fd, void *p, size_t n, uint64_t at, const char *shown, struct err *e);
int fs_write_at(int fd, const void *p, size_t n, uint64_t at, const char *shown, struct err *e);

/* Append all of a file, from the current position, to out. EX_DATAERR if it has more than max bytes; EX_IOERR. */
int fs_read_all(int fd, size_t max, struct buf *out, const char *shown, struct err *e);

#endif
