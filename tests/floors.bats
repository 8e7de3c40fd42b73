#!/usr/bin/env bats
# The sources keep the laws of the floors, and the checker finds violations.

load lib/common

floors()
{
	bash "$top_srcdir/tests/lib/floors" "$@"
}

# plant FILE: a source file of a tree in the current directory, from stdin.
plant()
{
	mkdir -p "$(dirname "$1")"
	cat >"$1"
}

# caught LAW CODE FILE: in a tree where FILE holds CODE, the checker reports that LAW and nothing else.
caught()
{
	rm -rf cmd lib tests
	printf '%s\n' "$2" | plant "$3"
	run floors .
	assert_failure 1
	assert_output --partial "$3:1: "
	assert_output --partial "$1"
	[ "${#lines[@]}" -eq 1 ]
}

# allowed CODE FILE
allowed()
{
	rm -rf cmd lib tests
	printf '%s\n' "$1" | plant "$2"
	run floors .
	assert_success
	assert_output ''
}

@test "floors: the sources keep every law" {
	run floors "$top_srcdir"
	assert_output ''
	assert_success
}

@test "floors: a front-end contains no command, no reply code and no command queue" {
	caught 'command queue' 'int owed = cmdq_owed(q);' cmd/nntp/over.c
	caught 'commands are sent' 'int rc = nntp_ask(n, e, "OVER %s", range);' cmd/nntp/over.c
	caught 'commands are sent' 'const char *command = "DATE";' cmd/nntp/server.c
	caught 'reply codes' 'bool good = n->r.code == 224;' cmd/nntp/over.c
	caught 'reply codes' 'case 224: return 0;' cmd/nntp/over.c
	caught 'commands are sent' 'const char *command = "AUTH ";' cmd/common_verbs.c
	caught 'commands are sent' 'put("RETR %u", n);' cmd/pop/messages.c
	caught 'reply codes' "if (r->code == '+') ;" cmd/pop/server.c
	allowed 'const struct verb v = {"fetch", "GROUP [RANGE]"};' cmd/nntp/articles.c
	allowed 'const char *group = operand_word(a, "GROUP");' cmd/nntp/articles.c
	allowed 'int rc = nntp_ask(n, e, "OVER %s", range);' lib/proto/nntp_overview.c
}

@test "floors: a room includes only the rooms below it" {
	local up='may not include'
	caught "$up" '#include "mail/date.h"' lib/base/err.c
	caught "$up" '#include "wire/conn.h"' lib/mail/date.h
	caught "$up" '#include "auth/netrc.h"' lib/wire/tls.c
	caught "$up" '#include "store/sink.h"' lib/wire/block.c
	caught "$up" '#include "wire/conn.h"' lib/store/mbox.c
	caught "$up" '#include "auth/url.h"' lib/store/mbox.c
	caught "$up" '#include "store/sink.h"' lib/auth/sasl.c
	caught "$up" '#  include "proto/pop.h"' lib/auth/sasl.c
	caught "$up" '#include "client/confine.h"' lib/proto/pop.c
	caught "$up" '#include "job/drain.h"' lib/client/confine.c
	caught "$up" '#include "cmd/verb.h"' lib/client/confine.c
	caught "$up" '#include "cmd/verb.h"' lib/job/drain.c
	caught "$up" '#include "cmd/verb.h"' lib/proto/pop.c
	caught "$up" '#include "base/err.h"' tests/server/main.c
	caught "$up" '#include "../base/err.h"' lib/mail/date.c
	caught 'without its room' '#include "err.h"' lib/base/buf.c
	caught 'without its room' '#include "verb.h"' cmd/pop.c
	allowed '#include "proto/pop.h"' cmd/pop.c
	allowed '#include "client/confine.h"' cmd/pop.c
	allowed '#include "client/confine.h"' lib/job/drain.c
	allowed '#include "proto/pop.h"' lib/client/confine.c
	allowed '#include "cmd/verb.h"' cmd/pop.c
	allowed '#include "cmd/verb.h"' tests/unit/test_verb.c
	allowed '#include "../net.h"' tests/server/relay/relay.c
	allowed '#include "unit.h"' tests/unit/test_err.c
	allowed '#include "store/sink.h"' lib/proto/lmtp.c
	allowed '#include "config.h"' lib/base/err.c
	allowed '#include "base/err.h"' tests/unit/test_err.c
	allowed '/* #include "wire/conn.h" */' lib/base/err.c
}

@test "floors: no protocol includes another" {
	local law='one protocol includes another'
	caught "$law" '#include "proto/smtp.h"' lib/proto/pop.c
	caught "$law" '#include "proto/pop_list.h"' lib/proto/nntp_over.c
	caught "$law" '#include "proto/nntp.h"' lib/proto/smtp.h
	allowed '#include "proto/nntp.h"' lib/proto/nntp_over.c
	allowed '#include "proto/session.h"' lib/proto/pop.c
}

@test "floors: GnuTLS, waiting and connecting are each allowed in one place" {
	caught GnuTLS '#include <gnutls/gnutls.h>' lib/base/buf.c
	caught GnuTLS 'gnutls_session_t session;' cmd/session.h
	caught GnuTLS 'gnutls_session_t s;' lib/wire/tls.h
	caught private '#include "wire/tls_priv.h"' lib/wire/conn.c
	allowed '#include "wire/tls_priv.h"' lib/wire/tls.c
	allowed 'gnutls_x509_crt_t c;' lib/wire/tls_cert.c
	caught waiting 'int n = poll(fds, 1, -1);' lib/wire/conn.c
	caught waiting 'if (select(1, &r, 0, 0, 0)) ;' cmd/batch.c
	caught connecting 'if (connect (fd, a, n)) ;' lib/wire/tls.c
	allowed '#include <gnutls/gnutls.h>' lib/wire/tls.c
	allowed 'x = gnutls_hash_fast(a, b, c, d);' lib/base/digest.c
	allowed 'int n = poll(fds, 1, -1);' lib/base/wait.c
	allowed 'r = connect(fd, a, n);' lib/wire/dial.c
	allowed 'conn_connect(a); list_select(a); a->poll(b);' lib/wire/conn.h
}

@test "floors: lib does not print, exit, or read arguments or the environment" {
	caught 'prints' 'printf("x");' lib/proto/pop.c
	caught 'prints' 'fputs("x", stderr);' lib/proto/pop.c
	caught 'exits' 'exit(1);' lib/base/err.c
	caught 'exits' '#include <err.h>' lib/base/err.c
	caught 'arguments' 'while (getopt(n, v, "a")) ;' lib/auth/url.c
	caught 'environment' 'home = getenv("HOME");' lib/auth/netrc.c
	allowed 'snprintf(a, 3, "printf(1)"); _exit(1); // exit(1)' lib/base/spawn.c
	allowed 'puts(getenv("HOME")); exit(1);' cmd/mailnet.c
}

@test "floors: only store syncs and renames files" {
	caught 'synced and renamed' 'fsync(fd);' lib/wire/conn.c
	caught 'synced and renamed' 'rename(a, b);' cmd/print.c
	allowed 'fdatasync(fd); renameat2(a, b, c, d, e);' lib/store/maildir.c
}

@test "floors: a file has at most 600 lines, a function at most 100" {
	seq 600 | sed 's/.*/int x&;/' | plant lib/base/long.c
	run floors .
	assert_success
	echo 'int y;' >>lib/base/long.c
	run floors .
	assert_failure 1
	assert_output 'lib/base/long.c:601: 601 lines, at most 600'

	rm -r lib
	{ printf 'int\nf(void)\n{\n'; seq 98 | sed 's/.*/\tx = &;/'; echo '}'; } | plant cmd/long.c
	run floors .
	assert_success
	sed -i '$i x = 0;' cmd/long.c
	run floors .
	assert_failure 1
	assert_output 'cmd/long.c:3: function of more than 100 lines'
}

@test "floors: the tests that README names as proofs exist" {
	cd "$top_srcdir/tests"
	local file
	# shellcheck disable=SC2016 # names stand between backquotes
	while read -r file; do
		compgen -G "$file" >/dev/null || fail "README names tests/$file"
	done < <(sed -n '/^### Where the proofs are/,$p' ../README | grep -oE '`[a-z_*/-]+(\.(bats|c)|/)`' |
		tr -d '\`' | sed 's|^tests/||')
}

@test "floors: every source is listed in Makefile.am" {
	cd "$top_srcdir"
	local file
	for file in cmd/*.[ch] cmd/*/*.[ch] lib/*/*.[ch] tests/server/*.[ch] tests/unit/test_*.c man/*.[1-9]; do
		[ -f "$file" ] || continue
		file=${file#tests/unit/}
		grep -qE "(^|[[:space:]/])${file%.c}(\.c)?($|[[:space:]\\])" Makefile.am ||
			fail "$file is not in Makefile.am"
	done
}
