/* confine, files: Landlock (Linux, Documentation/userspace-api/landlock.rst). */
#include <stdint.h>
#include <string.h>

#include "client/confine_priv.h"

#ifdef __linux__

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The kernel interface as of ABI 7, under names of our own, since the system's header may be older than the kernel. The
 * system call numbers are the same on every architecture except Alpha.
 */
#define LL_CREATE_RULESET 444
#define LL_ADD_RULE       445
#define LL_RESTRICT_SELF  446
#define LL_VERSION        1U
#define LL_PATH_BENEATH   1

#define LL_EXECUTE     (1ULL << 0)
#define LL_WRITE_FILE  (1ULL << 1)
#define LL_READ_FILE   (1ULL << 2)
#define LL_READ_DIR    (1ULL << 3)
#define LL_REMOVE_DIR  (1ULL << 4)
#define LL_REMOVE_FILE (1ULL << 5)
#define LL_MAKE_DIR    (1ULL << 7)
#define LL_MAKE_REG    (1ULL << 8)
#define LL_REFER       (1ULL << 13) /* ABI 2: rename and link across directories */
#define LL_TRUNCATE    (1ULL << 14) /* ABI 3 */
#define LL_IOCTL_DEV   (1ULL << 15) /* ABI 5 */
#define LL_ALL_ABI_2   ((1ULL << 14) - 1)

#define LL_NET_BIND_TCP    (1ULL << 0) /* ABI 4 */
#define LL_NET_CONNECT_TCP (1ULL << 1)
#define LL_SCOPE_ABSTRACT  (1ULL << 0) /* ABI 6: abstract Unix sockets */

#define LL_READ (LL_READ_FILE | LL_READ_DIR)
#define LL_WRITE                                                                                \
	(LL_READ | LL_WRITE_FILE | LL_REMOVE_DIR | LL_REMOVE_FILE | LL_MAKE_DIR | LL_MAKE_REG | \
		LL_REFER | LL_TRUNCATE)
#define LL_OF_FILES (LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | LL_TRUNCATE | LL_IOCTL_DEV)

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct beneath_attr {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

/*
 * Files that libraries may load at any time: character sets (iconv), shared objects, the time zone, user names. None of
 * them is secret.
 */
static const char *const system_paths[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64",
	"/usr/local/lib", "/usr/share", "/nix/store", "/gnu/store", "/etc/ld.so.cache",
	"/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/dev/urandom",
	"/proc/sys/kernel/random"};

/* Allow rights below a path. A path that cannot be opened is skipped: the process cannot use it anyway. */
static void
allow(int ruleset, const char *path, uint64_t rights)
{
	struct beneath_attr attr = {.fd = open(path, O_PATH | O_CLOEXEC)};
	struct stat st;

	if (attr.fd == -1)
		return;
	if (fstat(attr.fd, &st) == 0) {
		attr.allowed = S_ISDIR(st.st_mode) ? rights : rights & LL_OF_FILES;
		syscall(LL_ADD_RULE, ruleset, LL_PATH_BENEATH, &attr, 0U);
	}
	close(attr.fd);
}

static void
allow_all(int ruleset, const struct buf *paths, uint64_t rights)
{
	for (size_t at = 0; at < paths->len; at += strlen(paths->data + at) + 1)
		allow(ruleset, paths->data + at, rights);
}

static void
add_rules(const struct confine *c, int ruleset, uint64_t handled)
{
	allow_all(ruleset, &c->write, LL_WRITE & handled);
	allow(ruleset, "/dev/null", (LL_READ | LL_WRITE_FILE | LL_TRUNCATE) & handled);
	if (c->dial) { /* a new connection may ask for a password or PIN */
		allow(ruleset, "/dev/tty", (LL_WRITE_FILE | LL_TRUNCATE | LL_IOCTL_DEV) & handled);
		return;
	}
	allow_all(ruleset, &c->read, LL_READ);
	for (size_t i = 0; i < sizeof system_paths / sizeof system_paths[0]; i++)
		allow(ruleset, system_paths[i], LL_READ);
}

int
confine_landlock(const struct confine *c)
{
	struct ruleset_attr attr = {.fs = LL_ALL_ABI_2};
	long abi = syscall(LL_CREATE_RULESET, NULL, (size_t)0, LL_VERSION);
	int ruleset, rc;

	/* ABI 1 forbids every rename between directories, which a Maildir needs. */
	if (c->any_file || abi < 2)
		return 0;
	attr.fs |= abi >= 3 ? LL_TRUNCATE : 0;
	attr.fs |= abi >= 5 ? LL_IOCTL_DEV : 0;
	if (c->dial)
		attr.fs &= ~LL_READ;
	if (!c->dial && abi >= 4)
		attr.net = LL_NET_BIND_TCP | LL_NET_CONNECT_TCP;
	if (!c->dial && abi >= 6)
		attr.scoped = LL_SCOPE_ABSTRACT;
	ruleset = (int)syscall(LL_CREATE_RULESET, &attr, sizeof attr, 0U);
	if (ruleset == -1)
		return 0;
	add_rules(c, ruleset, attr.fs);
	rc = (int)syscall(LL_RESTRICT_SELF, ruleset, 0U);
	close(ruleset);
	return rc == 0 ? (int)abi : 0;
}

#else

int
confine_landlock(const struct confine *c)
{
	(void)c;
	return 0;
}

#endif
