#include "mail/aliases.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "check.h"

static struct err e;

/* The addresses of a name, joined by blanks, or "STATUS MESSAGE". */
static const char *
expand(const char *text, const char *name)
{
	static struct buf out;
	struct aliases a = {0};
	struct addrs found = {0};

	err_clear(&e);
	buf_clear(&out);
	if (aliases_parse(&a, text, strlen(text), "aliases", &e) == -1 ||
		aliases_expand(&a, name, &found, &e) == -1)
		buf_addf(&out, "%d %s", e.status, e.text);
	else
		for (size_t i = 0; i < found.n; i++)
			buf_addf(&out, "%s%s", i > 0 ? " " : "", found.list[i]);
	addrs_free(&found);
	aliases_free(&a);
	return buf_str(&out);
}

static void
test_expand(void)
{
	CHECK_STR(expand("", "root"), "root");
	CHECK_STR(expand("# c\n\nroot: a@b.example\n", "root"), "a@b.example");
	CHECK_STR(expand("Root:a@b\r\n", "rOOT"), "a@b");
	CHECK_STR(expand("root: a@b,\n\t\"C, D\" <c@d>,\n  # no\n e@f (x, y)\nz: z@z", "root"),
		"a@b c@d e@f");
	CHECK_STR(expand("postmaster: root\nroot: a, b@c\n", "postmaster"), "a b@c");
	CHECK_STR(expand("root: root, a@b\n", "root"), "root a@b");
	CHECK_STR(expand("root: \\root, x, \\y\nx: \\root\ny: a@b\n", "root"), "root root y");
	CHECK_STR(expand("\"my name\": a@b\n", "my name"), "a@b");
	CHECK_STR(expand("a: x@y\na: z@y\n", "a"), "x@y");
	CHECK_STR(expand("a:\n b@c\n", "a"), "b@c");
	CHECK_STR(expand("a: ,b@c,,\n", "a"), "b@c");
	CHECK_STR(expand("a:\n", "a"), "");
}

static void
test_faults(void)
{
	CHECK_STR(expand("x y\n", "a"), "78 aliases:1: not an alias: write 'name: address, ...'");
	CHECK_STR(expand(" a: b\n", "a"),
		"78 aliases:1: a continuation line without an alias before it");
	CHECK_STR(expand("\na: b\nb: c\nc: a\n", "a"),
		"78 aliases:4: alias 'c': a loop: it leads back to 'a'");
	CHECK(strstr(expand("a: |/bin/x\n", "a"), "78 aliases:1: alias 'a': a command") != NULL);
	CHECK(strstr(expand("a: \"|/bin/x -y, z\"\n", "a"), "a command") != NULL);
	CHECK(strstr(expand("b: b@c\na: b, /var/x\n", "a"), "78 aliases:2: alias 'a': a file") !=
		NULL);
	CHECK(strstr(expand("a: :include:/x\n", "a"), ":include:") != NULL);
	/* Entries that no recipient needs do not matter. */
	CHECK_STR(expand("x: |/bin/x\na: b@c\n", "a"), "b@c");
	CHECK(strstr(expand("a: <b@c\n", "a"), "78 aliases:1: alias 'a': ") != NULL);
}

int
main(void)
{
	test_expand();
	test_faults();
	return check_done();
}
