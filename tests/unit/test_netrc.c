#include "auth/netrc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "check.h"

static struct netrc_entry n;
static struct err e;

/* Look up in a text: 1 found, 0 not, else the status of the error. */
static int
look(const char *text, const char *host, int port, const char *user)
{
	struct netrc_query q = {host, (uint16_t)port, user};
	bool found;

	netrc_wipe(&n);
	err_clear(&e);
	if (netrc_parse(text, strlen(text), "rc", &q, &n, &found, &e) == -1)
		return e.status;
	return found;
}

static void
test_grammar(void)
{
	CHECK(look("machine h login me password pw account acc", "h", 0, NULL) == 1);
	CHECK_STR(n.login, "me");
	CHECK_STR(n.password, "pw");
	CHECK_STR(n.account, "acc");
	CHECK(!n.from_default);
	CHECK(look("machine\n\th\r\n login\tme\n\npasswd\n\npw\r\n", "H", 0, NULL) == 1);
	CHECK_STR(n.password, "pw");
	CHECK(look("machine h password \"a b\\\"c\\\\d\" login x", "h", 0, NULL) == 1);
	CHECK_STR(n.password, "a b\"c\\d");
	CHECK_STR(n.login, "x");
	CHECK(look("machine h password a\\ b\"c,d", "h", 0, NULL) == 1);
	CHECK_STR(n.password, "a b\"c,d");
	CHECK(look("machine h password \\\"x", "h", 0, NULL) == 1);
	CHECK_STR(n.password, "\"x");
	CHECK(look("machine h password \"\" login me", "h", 0, NULL) == 1);
	CHECK_STR(n.password, "");
	CHECK(look("machine h password machine login password", "h", 0, "password") == 1);
	CHECK_STR(n.password, "machine");
	CHECK(look("", "h", 0, NULL) == 0);
	CHECK(look("machine other password x", "h", 0, NULL) == 0);
	CHECK(look("machine [::1] password x", "::1", 0, NULL) == 1);
}

/* An unknown keyword is shown only if it cannot be a password or a part of one. */
static void
test_unknown_keyword(void)
{
	CHECK(look("machine h login me pasword pw", "h", 0, NULL) == 78);
	CHECK_STR(e.text,
		"rc:1: unknown keyword 'pasword' (put a password with blanks in double quotes)");
	CHECK(look("machine h\nprotocol https\nlogin me", "h", 0, NULL) == 78);
	CHECK(strstr(e.text, "rc:2: unknown keyword 'protocol'") != NULL);
	CHECK(look("machine h login me password my secret words", "h", 0, NULL) == 78);
	CHECK_STR(e.text, "rc:1: unknown keyword (put a password with blanks in double quotes)");
	CHECK(look("machine h account my secret words", "h", 0, NULL) == 78);
	CHECK(strstr(e.text, "secret") == NULL);
	CHECK(look("machine h login me secret\nmachine other", "h", 0, NULL) == 78);
	CHECK(strstr(e.text, "secret") == NULL);
	CHECK(look("machine h login me secret", "h", 0, NULL) == 78);
	CHECK(strstr(e.text, "secret") == NULL);
}

static void
test_comments(void)
{
	CHECK(look("# machine h password no\nmachine h # to me\nlogin me password #1 # x", "h", 0,
		      NULL) == 1);
	CHECK_STR(n.password, "#1");
	CHECK_STR(n.login, "me");
	CHECK(look("machine h password a#b", "h", 0, NULL) == 1);
	CHECK_STR(n.password, "a#b");
}

static void
test_macdef(void)
{
	static const char text[] = "machine a login x password wrong\n"
				   "macdef init\nmachine h login bad password bad\n bin\n\n"
				   "account acc\n"
				   "machine h login me password pw macdef up more\nput \"x\n\r\n"
				   "machine h login you password py\nmacdef last\nfoo";

	CHECK(look(text, "h", 0, NULL) == 1);
	CHECK_STR(n.login, "me");
	CHECK(look(text, "h", 0, "you") == 1);
	CHECK_STR(n.password, "py");
	CHECK(look(text, "a", 0, NULL) == 1);
	CHECK_STR(n.account, "acc");
	CHECK(look("macdef m\n\nmachine h password x", "h", 0, NULL) == 1);
	CHECK(look("macdef m\n \nmachine h password x", "h", 0, NULL) == 0);
}

static void
test_choice(void)
{
	static const char text[] = "machine h port 995 login a password a995\n"
				   "machine h login a password a\n"
				   "machine h login b password b\n"
				   "machine h password any\n"
				   "default login anon password anonpw\n"
				   "machine late login me password late\n";

	CHECK(look(text, "h", 995, "a") == 1);
	CHECK_STR(n.password, "a995");
	CHECK(look(text, "h", 110, "a") == 1);
	CHECK_STR(n.password, "a");
	CHECK(look(text, "h", 110, "b") == 1);
	CHECK_STR(n.password, "b");
	CHECK(look(text, "h", 110, "c") == 1);
	CHECK_STR(n.password, "any");
	CHECK_STR(n.login, NULL);
	CHECK(look(text, "h", 110, NULL) == 1);
	CHECK_STR(n.login, "a");
	CHECK(look(text, "x", 110, NULL) == 1);
	CHECK(n.from_default);
	CHECK(look(text, "x", 110, "me") == 0);
	CHECK(look(text, "late", 110, NULL) == 1);
	CHECK_STR(n.password, "anonpw");
	CHECK(look(text, "late", 110, "me") == 1);
	CHECK_STR(n.password, "late");
	CHECK(!n.from_default);
	CHECK(look(text, "h", 110, "B") == 1);
	CHECK_STR(n.password, "any");
}

/* An error names file and line, and no octet of the file that could be secret. */
static void
test_errors(void)
{
	static const struct {
		const char *text, *where;
		int status;
	} rows[] = {
		{"machine h login me\npassword a sesam", "rc:2: ", EX_CONFIG},
		{"machine h\n\n\nport sesam", "rc:4: ", EX_CONFIG},
		{"machine h port 0", "rc:1: ", EX_CONFIG},
		{"machine h port 65536", "rc:1: ", EX_CONFIG},
		{"machine h\npassword \"sesam\nx", "rc:2: ", EX_CONFIG},
		{"\nmachine h password", "rc:2: ", EX_CONFIG},
		{"machine", "rc:1: ", EX_CONFIG},
		{"macdef", "rc:1: ", EX_CONFIG},
		{"\nlogin sesam", "rc:2: ", EX_CONFIG},
		{"machine h password x\nmacdef m\na\nb\n\nsesam", "rc:6: ", EX_CONFIG},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK(look(rows[i].text, "h", 0, NULL) == rows[i].status);
		CHECK(strncmp(e.text, rows[i].where, strlen(rows[i].where)) == 0);
		CHECK(strstr(e.text, "sesam") == NULL);
		CHECK(n.login == NULL && n.password == NULL);
	}
	struct netrc_query q = {"h", 0, NULL};
	bool found;

	CHECK(netrc_parse("machine h password a\0b", 22, "rc", &q, &n, &found, &e) == -1);
	CHECK(e.status == EX_CONFIG);
	/* A NUL is an error also outside the entry that is used. */
	CHECK(netrc_parse("machine h password a\nmachine \0b", 31, "rc", &q, &n, &found, &e) == -1);
	CHECK(e.status == EX_CONFIG && strncmp(e.text, "rc:2: ", 6) == 0);
	CHECK(look("machine h password a\n\001", "h", 0, NULL) == EX_CONFIG);
}

/* Unknown keywords of other programs are skipped in other entries, and are errors in the entry that is used. */
static void
test_foreign(void)
{
	static const char *const foreign[] = {
		"machine git.example protocol https login x password y",
		"machine imap.example port imaps login x password y",
		"machine a port 0 port 99999 port none login x password y",
		"machine a login x password two words",
		"machine a password \"no end\n",
		"machine a password \"",
		"machine a user x passwd y realm z",
		"machine a tls yes \\ \"\" ' \xff",
		"machine h port imaps protocol imap password wrong",
		"machine h login other password a b",
	};
	char text[200];

	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
		snprintf(text, sizeof text, "%s\nmachine h login me password pw\n", foreign[i]);
		CHECK(look(text, "h", 110, "me") == 1);
		CHECK_STR(n.password, "pw");
		snprintf(text, sizeof text, "machine h login me password pw\n%s\n", foreign[i]);
		CHECK(look(text, "h", 110, "me") == 1);
		CHECK_STR(n.password, "pw");
	}
	CHECK(look("default protocol https password x", "h", 0, NULL) == EX_CONFIG);
	CHECK(look("machine h user me passwd pw", "h", 0, NULL) == 1);
	CHECK_STR(n.login, "me");
	CHECK_STR(n.password, "pw");
	CHECK(look("\xef\xbb\xbfmachine h password pw", "h", 0, NULL) == 1);
	CHECK(look("machine h login CORP\\me password a\\b\\\\c\\\"d", "h", 0, NULL) == 1);
	CHECK_STR(n.login, "CORP\\me");
	CHECK_STR(n.password, "a\\b\\c\"d");
	CHECK(look("machine h login \"CORP\\me\" password x", "h", 0, NULL) == 1);
	CHECK_STR(n.login, "CORP\\me");
	CHECK(look("machine h port submission password a\nmachine h port pop3s password b", "h",
		      995, NULL) == 1);
	CHECK_STR(n.password, "b");
}

static char dir[] = "/tmp/netrcXXXXXX";
static char file[64];

static int
look_in(const char *path, bool given)
{
	struct netrc_query q = {"h", 0, NULL};
	bool found;

	netrc_wipe(&n);
	err_clear(&e);
	if (netrc_lookup(path, given, wait_now() + 200, &q, &n, &found, &e) == -1)
		return e.status;
	return found;
}

static void
write_file(const char *text, mode_t mode)
{
	FILE *f = fopen(file, "w");

	CHECK(f != NULL);
	fputs(text, f);
	fclose(f);
	chmod(file, mode);
}

static void
test_modes(void)
{
	static const mode_t bad[] = {0640, 0620, 0610, 0604, 0602, 0601};

	write_file("machine h password pw\n", 0600);
	CHECK(look_in(file, false) == 1);
	CHECK_STR(n.password, "pw");
	chmod(file, 0400);
	CHECK(look_in(file, true) == 1);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		chmod(file, bad[i]);
		CHECK(look_in(file, false) == EX_CONFIG);
		CHECK(look_in(file, true) == EX_CONFIG);
	}
	chmod(file, 0600);
	if (geteuid() == 0) {
		CHECK(chown(file, 12345, (gid_t)-1) == 0);
		CHECK(look_in(file, true) == EX_CONFIG);
		CHECK(chown(file, 0, (gid_t)-1) == 0);
	}
}

static void
test_files(void)
{
	char fd_path[64], fifo[64], none[64], *big = mem_alloc(1024 * 1024 + 2);
	int fds[2];

	snprintf(none, sizeof none, "%s/none/x", dir);
	CHECK(look_in(none, false) == 0);
	CHECK(look_in(none, true) == EX_CONFIG);
	CHECK(look_in("/dev/null", true) == 0);
	CHECK(look_in("/dev/null", false) == 0);
	CHECK(look_in("/dev/zero", true) == EX_CONFIG);
	CHECK(look_in(dir, false) == EX_CONFIG);
	CHECK(pipe(fds) == 0);
	CHECK(write(fds[1], "machine h password piped", 24) == 24);
	close(fds[1]);
	snprintf(fd_path, sizeof fd_path, "/dev/fd/%d", fds[0]);
	CHECK(look_in(fd_path, false) == EX_CONFIG);
	CHECK(look_in(fd_path, true) == 1);
	CHECK_STR(n.password, "piped");
	close(fds[0]);
	/* A FIFO without a writer must not block open or read. */
	snprintf(fifo, sizeof fifo, "%s/fifo", dir);
	CHECK(mkfifo(fifo, 0600) == 0);
	CHECK(look_in(fifo, true) == EX_CONFIG);
	unlink(fifo);
	memset(big, ' ', 1024 * 1024 + 1);
	big[1024 * 1024 + 1] = '\0';
	write_file(big, 0600);
	CHECK(look_in(file, true) == EX_CONFIG);
	CHECK(truncate(file, 1024 * 1024) == 0);
	CHECK(look_in(file, true) == 0);
	free(big);
}

int
main(void)
{
	test_grammar();
	test_unknown_keyword();
	test_comments();
	test_macdef();
	test_choice();
	test_errors();
	test_foreign();
	CHECK(mkdtemp(dir) != NULL);
	snprintf(file, sizeof file, "%s/netrc", dir);
	test_modes();
	test_files();
	unlink(file);
	rmdir(dir);
	netrc_wipe(&n);
	return check_done();
}
