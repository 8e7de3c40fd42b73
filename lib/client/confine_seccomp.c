/*
 * confine, system calls: a seccomp filter (Linux, seccomp(2)). It lists forbidden calls, not permitted ones: the calls
 * that a C library uses change from version to version, the calls that a mail client never needs do not. A filter
 * cannot see the flags of clone3; it returns ENOSYS, so that the C library uses clone.
 */
#include "client/confine_priv.h"

#ifdef __linux__

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The ABI for which the filter is built; calls through another ABI (for example 32-bit) are refused. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCH     AUDIT_ARCH_X86_64
#define X32_CALL 0x40000000U
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__) && defined(__ARM_EABI__) && defined(__ARMEL__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__powerpc64__)
#define ARCH AUDIT_ARCH_PPC64
#elif defined(__loongarch64) && defined(AUDIT_ARCH_LOONGARCH64)
#define ARCH AUDIT_ARCH_LOONGARCH64
#endif

#ifdef ARCH

/* Offset of the low 32 bits of argument i; flags, address families and numbers fit into them. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ARG(i) (offsetof(struct seccomp_data, args) + (i)*8 + 4)
#else
#define ARG(i) (offsetof(struct seccomp_data, args) + (i)*8)
#endif

/* On s390 the flags are the second argument of clone. */
#ifdef __s390x__
#define CLONE_FLAGS ARG(1)
#else
#define CLONE_FLAGS ARG(0)
#endif

#define REFUSE(e) (SECCOMP_RET_ERRNO | ((e)&SECCOMP_RET_DATA))

/* Calls that are never needed after the connection is established. */
static const int never[] = {__NR_execve,
#ifdef __NR_execveat
	__NR_execveat,
#endif
	__NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev,
#ifdef __NR_pidfd_getfd
	__NR_pidfd_getfd,
#endif
#ifdef __NR_process_madvise
	__NR_process_madvise,
#endif
/* io_uring makes other calls without passing the filter */
#ifdef __NR_io_uring_setup
	__NR_io_uring_setup, __NR_io_uring_enter, __NR_io_uring_register,
#endif
#ifdef __NR_bpf
	__NR_bpf,
#endif
#ifdef __NR_userfaultfd
	__NR_userfaultfd,
#endif
	__NR_perf_event_open,
	/* administration of the system, if mailnet runs as root */
	__NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_unshare, __NR_setns,
#ifdef __NR_fsopen
	__NR_open_tree, __NR_move_mount, __NR_fsopen, __NR_fsconfig, __NR_fsmount, __NR_fspick,
#endif
#ifdef __NR_mount_setattr
	__NR_mount_setattr,
#endif
	__NR_open_by_handle_at, __NR_init_module, __NR_finit_module, __NR_delete_module,
#ifdef __NR_clock_settime64
	__NR_clock_settime64,
#endif
#ifdef __NR_kexec_load
	__NR_kexec_load,
#endif
#ifdef __NR_kexec_file_load
	__NR_kexec_file_load,
#endif
#ifdef __NR_iopl
	__NR_iopl, __NR_ioperm,
#endif
	__NR_reboot, __NR_swapon, __NR_swapoff, __NR_acct, __NR_quotactl, __NR_settimeofday,
	__NR_clock_settime, __NR_sethostname, __NR_setdomainname, __NR_syslog};

/* Calls that only a new connection needs: sockets, and the key rings of Kerberos. */
static const int dialling[] = {
	__NR_socket,
	__NR_connect,
	__NR_bind,
	__NR_listen,
#ifdef __NR_accept
	__NR_accept,
#endif
	__NR_accept4,
	__NR_add_key,
	__NR_request_key,
	__NR_keyctl,
#ifdef __NR_fork
	__NR_fork,
	__NR_vfork,
#endif
};

#define NEVER    (sizeof never / sizeof never[0])
#define DIALLING (sizeof dialling / sizeof dialling[0])
#define MOST     (4 * (NEVER + DIALLING) + 64)

struct filter {
	struct sock_filter code[MOST];
	unsigned short n;
};

static void
add(struct filter *f, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	f->code[f->n++] = (struct sock_filter){code, jt, jf, k};
}

static void
load(struct filter *f, size_t at)
{
	add(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
}

static void
end(struct filter *f, uint32_t verdict)
{
	add(f, BPF_RET | BPF_K, verdict, 0, 0);
}

/* If the loaded word equals k, return the verdict. */
static void
on_equal(struct filter *f, uint32_t k, uint32_t verdict)
{
	add(f, BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1);
	end(f, verdict);
}

/* Permit the call nr only if the word at offset `at` has one of the bits k. For other calls the number stays loaded. */
static void
only_with(struct filter *f, int nr, size_t at, uint32_t k)
{
	add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 4);
	load(f, at);
	add(f, BPF_JMP | BPF_JSET | BPF_K, k, 0, 1);
	end(f, SECCOMP_RET_ALLOW);
	end(f, REFUSE(EPERM));
}

/* Refuse the call nr if the word at offset `at` equals k. */
static void
never_with(struct filter *f, int nr, size_t at, uint32_t k)
{
	add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 4);
	load(f, at);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1);
	end(f, REFUSE(EPERM));
	end(f, SECCOMP_RET_ALLOW);
}

/*
 * Refuse the calls of the sorted list by a tree of comparisons, so that a permitted call needs few of them. The kernel
 * runs the same tree once per call number, to cache the calls that are always permitted.
 */
static void
refuse_tree(struct filter *f, const int *list, size_t n)
{
	size_t half = n / 2;
	unsigned short split = f->n, over;

	if (n <= 4) {
		for (size_t i = 0; i < n; i++)
			on_equal(f, (uint32_t)list[i], REFUSE(EPERM));
		return;
	}
	add(f, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)list[half], 0, 0);
	refuse_tree(f, list, half);
	over = f->n;
	add(f, BPF_JMP | BPF_JA, 0, 0, 0);
	f->code[split].jt = (uint8_t)(f->n - split - 1);
	refuse_tree(f, list + half, n - half);
	f->code[over].k = (uint32_t)(f->n - over - 1);
}

static int
by_number(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
refuse_all(struct filter *f, const struct confine *c)
{
	int list[NEVER + DIALLING];
	size_t n = NEVER + (c->dial ? 0 : DIALLING);

	memcpy(list, never, sizeof never);
	memcpy(list + NEVER, dialling, sizeof dialling);
	qsort(list, n, sizeof list[0], by_number);
	refuse_tree(f, list, n);
}

/* Refuse new processes, except threads of a library, and socket calls through the old socketcall(2). */
static void
refuse_processes(struct filter *f)
{
	only_with(f, __NR_clone, CLONE_FLAGS, CLONE_THREAD);
#ifdef __NR_clone3
	on_equal(f, __NR_clone3, REFUSE(ENOSYS));
#endif
#ifdef __NR_socketcall
	/* socket, bind, connect, listen, accept, accept4 */
	static const uint8_t old[] = {1, 2, 3, 4, 5, 18};

	for (size_t i = 0; i < sizeof old; i++) {
		add(f, BPF_JMP | BPF_JEQ | BPF_K, __NR_socketcall, 0, 4);
		load(f, ARG(0));
		add(f, BPF_JMP | BPF_JEQ | BPF_K, old[i], 0, 1);
		end(f, REFUSE(EPERM));
		load(f, offsetof(struct seccomp_data, nr));
	}
#endif
}

static void
write_filter(struct filter *f, const struct confine *c)
{
	load(f, offsetof(struct seccomp_data, arch));
	add(f, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	end(f, REFUSE(EPERM));
	load(f, offsetof(struct seccomp_data, nr));
#ifdef X32_CALL
	add(f, BPF_JMP | BPF_JGE | BPF_K, X32_CALL, 0, 1);
	end(f, REFUSE(ENOSYS));
#endif
	refuse_all(f, c);
	/* TIOCSTI puts octets into the terminal's input, which the user's shell would run after mailnet ends. */
	never_with(f, __NR_ioctl, ARG(1), TIOCSTI);
	if (!c->dial)
		refuse_processes(f);
	end(f, SECCOMP_RET_ALLOW);
}

int
confine_seccomp(const struct confine *c)
{
	struct filter f = {.n = 0};
	struct sock_fprog prog = {.filter = f.code};

	write_filter(&f, c);
	prog.len = f.n;
#ifdef SECCOMP_FILTER_FLAG_SPEC_ALLOW
	/* This process runs no foreign code, so the Spectre mitigations of seccomp would only slow it down. */
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &prog) ==
		0)
		return 1;
#endif
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}

#endif
#endif

#if !defined(__linux__) || !defined(ARCH)

int
confine_seccomp(const struct confine *c)
{
	(void)c;
	return 0;
}

#endif
