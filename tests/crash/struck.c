/*
 * struck.c - run a command and disturb it at a system call. With a seccomp filter the kernel asks this process at
 * each call and waits for the answer: continue, or fail with an error. That is exact, needs no ptrace, and costs a
 * tenth of it.
 */
#include "attack.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANNEL \
	1000 /* the descriptor over which the child sends the descriptor for the kernel's questions */
#define PATIENCE 60000 /* milliseconds without a call after which the run counts as hanging */

/* Old calls exist only on old architectures, and calls with 64-bit sizes and times only on 32-bit ones. */
#ifndef SYS_rename
#define SYS_rename SYS_renameat
#endif
#ifndef SYS_mkdir
#define SYS_mkdir SYS_mkdirat
#endif
#ifndef SYS_unlink
#define SYS_unlink SYS_unlinkat
#endif
#ifndef SYS_rmdir
#define SYS_rmdir SYS_unlinkat
#endif
#ifndef SYS_link
#define SYS_link SYS_linkat
#endif
#ifndef SYS_renameat
#define SYS_renameat SYS_renameat2
#endif
#ifndef SYS_newfstatat
#define SYS_newfstatat SYS_fstatat64
#endif
#ifndef SYS_fstat64
#define SYS_fstat64 SYS_fstat
#endif
#ifndef SYS_mmap
#define SYS_mmap SYS_mmap2
#endif
#ifndef SYS_ftruncate64
#define SYS_ftruncate64 SYS_ftruncate
#endif

const int file_calls[] = {SYS_write, SYS_pwrite64, SYS_fsync, SYS_fdatasync, SYS_syncfs, SYS_rename,
	SYS_renameat, SYS_renameat2, SYS_openat, SYS_mkdir, SYS_mkdirat, SYS_unlink, SYS_unlinkat,
	SYS_ftruncate, SYS_link, SYS_linkat, SYS_pread64, SYS_read, SYS_fstat, SYS_newfstatat,
	SYS_fstat64, SYS_ftruncate64, SYS_statx, SYS_close, -1};

const int changing_calls[] = {SYS_write, SYS_writev, SYS_pwrite64, SYS_fsync, SYS_fdatasync,
	SYS_syncfs, SYS_rename, SYS_renameat, SYS_renameat2, SYS_openat, SYS_mkdir, SYS_mkdirat,
	SYS_unlink, SYS_unlinkat, SYS_rmdir, SYS_ftruncate, SYS_ftruncate64, SYS_link, SYS_linkat,
	SYS_sendto, SYS_sendmsg, SYS_exit_group, -1};

const int write_calls[] = {SYS_write, SYS_pwrite64, -1};

/*
 * Calls that are never asked about. A signal during the question makes a call fail with EINTR, which these calls
 * never do (the C library would treat EINTR as an address). They change no file.
 */
static const int memory_calls[] = {SYS_brk, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, -1};

/* ---- the child --------------------------------------------------------------------------------- */

static void
redirect(int fd, const char *path, int flags)
{
	int from = open(path, flags, 0600);

	if (from == -1 || dup2(from, fd) == -1)
		err(71, "%s", path);
	close(from);
}

static pid_t
begin_child(void)
{
	pid_t pid = fork();

	if (pid == -1)
		err(71, "fork");
	if (pid == 0) {
		redirect(0, "/dev/null", O_RDONLY);
		redirect(1, "out", O_WRONLY | O_CREAT | O_TRUNC);
		redirect(2, "err", O_WRONLY | O_CREAT | O_TRUNC);
	}
	return pid;
}

pid_t
start(char *const *command)
{
	pid_t pid = begin_child();

	if (pid == 0) {
		execvp(command[0], command);
		err(71, "%s", command[0]);
	}
	return pid;
}

/* Install the filter for these calls, except those that send the descriptor itself. Returns the descriptor. */
static int
install(const int *calls)
{
	struct sock_filter f[80];
	struct sock_fprog prog = {.filter = f};
	unsigned short n = 0;

#define ADD(...) f[n++] = (struct sock_filter)__VA_ARGS__
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 4));
	/* Load the lower half of the first argument. */
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, args) +
			(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)));
	ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CHANNEL, 0, 1));
	ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	for (const int *c = memory_calls; *c != -1; c++) {
		ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)*c, 0, 1));
		ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	}
	for (; calls != NULL && *calls != -1; calls++) {
		if (n + 3 > 80)
			errx(70, "too many calls");
		ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)*calls, 0, 1));
		ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
	}
	ADD(BPF_STMT(BPF_RET | BPF_K, calls != NULL ? SECCOMP_RET_ALLOW : SECCOMP_RET_USER_NOTIF));
#undef ADD
	prog.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		err(71, "no_new_privs");
	return (int)syscall(
		SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

/* Room for one descriptor in a message. */
union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void
send_descriptor(int over, int fd)
{
	union control c = {.room = ""};
	char octet = 0;
	struct iovec io = {&octet, 1};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};

	m.msg_control = c.room;
	m.msg_controllen = sizeof c.room;
	c.align.cmsg_level = SOL_SOCKET;
	c.align.cmsg_type = SCM_RIGHTS;
	c.align.cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(&c.align), &fd, sizeof fd);
	/* On i386 the C library would use socketcall(2), which the filter does not recognise. */
	syscall(SYS_sendmsg, over, &m, 0);
}

static int
receive_descriptor(int over)
{
	union control c;
	char octet;
	struct iovec io = {&octet, 1};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
	int fd;

	m.msg_control = c.room;
	m.msg_controllen = sizeof c.room;
	if (recvmsg(over, &m, MSG_CMSG_CLOEXEC) != 1 || m.msg_controllen == 0)
		errx(71, "no filter could be set");
	memcpy(&fd, CMSG_DATA(&c.align), sizeof fd);
	return fd;
}

/* As start(), with questions about each of the calls. *questions: the descriptor for them. */
static pid_t
start_asking(char *const *command, const int *calls, int *questions)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(71, "socketpair");
	pid = begin_child();
	if (pid == 0) {
		int fd;

		if (dup3(pair[1], CHANNEL, O_CLOEXEC) == -1)
			err(71, "dup3");
		if ((fd = install(calls)) == -1)
			err(71, "seccomp");
		send_descriptor(CHANNEL, fd);
		execvp(command[0], command);
		_exit(71);
	}
	close(pair[1]);
	*questions = receive_descriptor(pair[0]);
	close(pair[0]);
	return pid;
}

/* ---- the parent -------------------------------------------------------------------------------- */

int
finish(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			err(71, "waitpid");
	return status;
}

int
run(char *const *command)
{
	return finish(start(command));
}

/* Does the call change a file? Opening an existing file does not. */
static bool
counts(const struct strike *s, const struct seccomp_data *d)
{
	return s->calls != changing_calls || d->nr != SYS_openat || (d->args[2] & O_CREAT) != 0;
}

/* The offset of the next write to a descriptor of pid. */
static unsigned long long
position(pid_t pid, int fd)
{
	unsigned long long at = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, fd);
	f = fopen(path, "re");
	if (f == NULL || fscanf(f, "pos: %llu", &at) != 1)
		at = 0;
	if (f != NULL)
		fclose(f);
	return at;
}

/* The offset argument of pwrite64. 32-bit machines pass it in two words, some of them in an even register first. */
static unsigned long long
offset_of(const struct seccomp_data *d)
{
#if UINTPTR_MAX > 0xffffffff
	return d->args[3];
#else
#if defined(__arm__) || defined(__mips__) || defined(__powerpc__)
	const __u64 *half = d->args + 4;
#else
	const __u64 *half = d->args + 3;
#endif
	bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	return half[big ? 0 : 1] << 32 | half[big ? 1 : 0];
#endif
}

/* Act like a disk that is full after half of this write: no file can grow beyond the end of this half. */
static void
fill_up(pid_t pid, const struct seccomp_data *d)
{
	unsigned long long at =
		d->nr == SYS_pwrite64 ? offset_of(d) : position(pid, (int)d->args[0]);
	struct rlimit limit = {at + d->args[2] / 2, RLIM_INFINITY};

	if (prlimit(pid, RLIMIT_FSIZE, &limit, NULL) == -1)
		err(71, "prlimit");
}

/* Answer one question. */
static void
answer(int questions, pid_t pid, struct strike *s)
{
	struct seccomp_notif q = {0};
	struct seccomp_notif_resp a = {0};

	if (ioctl(questions, SECCOMP_IOCTL_NOTIF_RECV, &q) == -1) {
		if (errno != ENOENT && errno != EINTR)
			err(71, "seccomp");
		return;
	}
	a.id = q.id;
	a.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (s->watch != NULL)
		s->watch(pid, q.data.nr, (int)q.data.args[0]);
	if (counts(s, &q.data) && ++s->seen == s->at && s->deed != COUNT) {
		s->call = q.data.nr;
		if (s->deed == KILL) {
			kill(pid, SIGKILL);
			return;
		} else if (s->deed == TERM) {
			kill(pid, SIGTERM);
		} else if (s->deed == FAIL) {
			a.flags = 0;
			a.error = -s->error;
		} else if (s->deed == SHORT) {
			fill_up(pid, &q.data);
		} else {
			s->meanwhile();
		}
	}
	/* After a signal the child repeats the question. */
	if (ioctl(questions, SECCOMP_IOCTL_NOTIF_SEND, &a) == -1 && errno != ENOENT)
		err(71, "seccomp");
}

int
run_struck(char *const *command, struct strike *s)
{
	struct pollfd p[2] = {{.events = POLLIN}, {.events = POLLIN}};
	pid_t pid = start_asking(command, s->calls, &p[0].fd);

	s->seen = 0;
	s->call = -1;
	p[1].fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p[1].fd == -1)
		err(71, "pidfd_open");
	while (p[1].revents == 0) {
		int n = poll(p, 2, PATIENCE);

		if (n == 0) {
			complain("wrong", "it hangs");
			score.wrong++;
			kill(pid, SIGKILL);
		}
		if (n > 0 && (p[0].revents & POLLIN) != 0)
			answer(p[0].fd, pid, s);
	}
	close(p[0].fd);
	close(p[1].fd);
	return finish(pid);
}
