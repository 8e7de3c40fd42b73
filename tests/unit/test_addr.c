/* Address lists, and addresses from a command line. */
#include "mail/addr.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include "check.h"

static void
join(const struct addrs *a, struct buf *out)
{
	for (size_t i = 0; i < a->n; i++)
		buf_addf(out, "%s%s", i != 0 ? " | " : "", a->list[i]);
}

/* Check the addresses of text, joined; parsing the result again gives the same addresses. */
static void
good(const char *text, const char *want)
{
	struct addrs a = {0};
	struct buf out = {0};
	struct err e = {0};

	CHECK(addr_parse(text, strlen(text), &a, &e) == 0);
	CHECK_TEXT(e.text, "");
	join(&a, &out);
	CHECK_TEXT(buf_str(&out), want);
	for (size_t i = 0; i < a.n; i++) {
		struct addrs again = {0};

		CHECK(addr_check(a.list[i], &e) == 0);
		CHECK(addr_parse(a.list[i], strlen(a.list[i]), &again, &e) == 0);
		CHECK(again.n == 1);
		if (again.n == 1)
			CHECK_TEXT(again.list[0], a.list[i]);
		addrs_free(&again);
	}
	buf_free(&out);
	addrs_free(&a);
}

static void
bad_n(const char *text, size_t n, const char *says)
{
	struct addrs a = {0};
	struct err e = {0};

	addrs_add(&a, "old", 3);
	CHECK(addr_parse(text, n, &a, &e) == -1);
	CHECK(e.status == EX_DATAERR && a.n == 1);
	CHECK(strstr(e.text, says) != NULL);
	if (strstr(e.text, says) == NULL)
		fprintf(stderr, "\t%s\n\t%s\n", text, e.text);
	addrs_free(&a);
}

static void
bad(const char *text, const char *says)
{
	bad_n(text, strlen(text), says);
}

static void
lists(void)
{
	good("a@b", "a@b");
	good("", "");
	good(" ,, , (nobody) ,", "");
	good("root", "root");
	good("Joe <joe@x.org>, \"Doe, Jane\" <jane@x.org>", "joe@x.org | jane@x.org");
	good("<a@b>,c@d", "a@b | c@d");
	good("friends: a@b, C <c@d>;, e@f", "a@b | c@d | e@f");
	good("undisclosed-recipients:;", "");
	good("\"a group\": ; , none:(x);", "");
	good("g: a@b,, ;", "a@b");
	good("(c)a(d)@(e(f\\)))b(g)", "a@b");
	good("a . b @ c . d", "a.b@c.d");
	good("<@a.x,@b.y:c@d>", "c@d");
	good("X <,@a , @b : c@d>", "c@d");
	good("a@[127.0.0.1]", "a@[127.0.0.1]");
	good("a@[IPv6: 2001:db8::1 ]", "a@[IPv6:2001:db8::1]");
	good("=?utf-8?Q?J=C3=B6rg_=2C?= <j@x>", "j@x");
	good("=?utf-8?q?Doe,_J.;_<x>(?= <j@x>, =?a?b?c?=@x", "j@x | =?a?b?c?=@x");
	good("=?utf-8?q?Doe, k@x, =?a?b <j@x>", "=?utf-8?q?Doe | k@x | j@x");
	good("j@x <k@x>, a b@x.y <\"l m\"@x> (n), G: o@x<p@x>;", "k@x | \"l m\"@x | p@x");
	good("J. R. \"Bob\" Dobbs <bob@x>", "bob@x");
	good("a@b,\r\n\tc@d\r\n (fold\r\n ed) , e@f", "a@b | c@d | e@f");
	good("J\xc3\xb6rg <j\xc3\xb6rg@b\xc3\xbc.de>", "j\xc3\xb6rg@b\xc3\xbc.de");
	good("J\xf6rg <j@x>", "j@x");
	good("a+b=c!d#e/f@x_y", "a+b=c!d#e/f@x_y");
}

/* Display names that lack their quotes are accepted where only one meaning is possible. */
static void
loose(void)
{
	good("[foo] bar <a@x>", "a@x");
	good("Site: News <a@x>", "a@x");
	good("Site: News <a@x>, b@y", "a@x | b@y");
	good("a@b via List <c@d>", "c@d");
	good("\"Joe <a@x>", "a@x");
	good("Joe\" <a@x>, b@y", "a@x | b@y");
	good("Joe \"Bob\" [\"X, Y\"] <a@x>", "a@x");
	good("\"A <a@x>, \"B\" <b@y>", "a@x | b@y");
	good("c@d, [l] (x, y) z. <a@x>", "c@d | a@x");
	good("g: [l] b <a@x>;", "a@x");
	good("undisclosed-recipients:", "");
	good("a@x, undisclosed recipients: (none)", "a@x");
	bad("[foo] a@b, bar <a@x>", "not an address");
	bad("[a, b] <c@d>", "not an address");
	bad("a@b c@d <e@f>", "not an address at character 5");
	bad("[foo] bar <a@x> baz", "not an address");
	bad("[foo] bar a@x", "not an address");
	bad("Site: News a@x", "a group is not closed");
	bad("Site: a@x", "a group is not closed");
}

/* An encoded word, or a character that IDNA changes, must not move the domain. */
static void
domains(void)
{
	static const char *const changed[] = {"\xef\xbc\xa0", "\xef\xbc\x8e", "\xe3\x80\x82",
		"\xef\xbd\xa1", "\xc2\xad", "\xe2\x80\x8b", "\xe2\x80\x8d", "\xe2\x81\xa0",
		"\xef\xbb\xbf", "\xef\xbd\x83", "\xe2\x84\xaa", "\xe2\x80\xa4", "\xef\xb9\x92",
		"\xef\xb9\xab", "\xe2\x84\x80", "\xc5\xbf", "\xef\xac\x81", "\xf0\x9d\x90\x9a",
		"\xef\xb8\x8f", "\xf3\xa0\x84\x80", "\xc2\xa0", "\xc2\x80"};
	char text[64];

	for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
		struct err e = {0};

		snprintf(text, sizeof text, "a@b%sc.example", changed[i]);
		bad(text, "IDNA replaces");
		CHECK(addr_check(text, &e) == -1 && e.status == EX_DATAERR);
		CHECK(strstr(e.text, "IDNA replaces") != NULL);
	}
	good("a@b\xc3\xbc"
	     "cher.example",
		"a@b\xc3\xbc"
		"cher.example");
	good("a@\xe6\x97\xa5\xe6\x9c\xac.example", "a@\xe6\x97\xa5\xe6\x9c\xac.example");
	good("a@stra\xc3\x9f"
	     "e.example",
		"a@stra\xc3\x9f"
		"e.example");
	good("\xef\xbc\xa0 <a@b>", "a@b");
	bad("a@=?utf-8?q?b,c@d?=", "an encoded word in a domain");
	bad("<a@b.=?utf-8?q?c@d?=>", "an encoded word in a domain");
	bad("a@=?utf-8?q?b?=", "an encoded word in a domain");
	bad("=?utf-8?q?a@b,c?=@d", "not an address");
	bad("<=?utf-8?q?a@b?=@d>", "not an address");
	bad("x.=?utf-8?q?a@b?=", "not an address");
}

static void
quotes(void)
{
	good("\"a b\"@c", "\"a b\"@c");
	good("\"ab\"@c", "ab@c");
	good("\"a\\b\"@c", "ab@c");
	good("\"a\\\"b\\\\\"@c", "\"a\\\"b\\\\\"@c");
	good("\"a@b\"@c", "\"a@b\"@c");
	good("\"a\".b@c", "a.b@c");
	good("\"a b\".c@d", "\"a b.c\"@d");
	good("\"\"@c", "\"\"@c");
	good("a..b@c, .a@c, a.@c", "\"a..b\"@c | \".a\"@c | \"a.\"@c");
	good("\"x\r\n y\"@c", "\"x y\"@c");
	good("\"<,;:>\" <a@b>", "a@b");
	good("\"a(b\"@c", "\"a(b\"@c");
}

static void
garbage(void)
{
	bad("a b@c", "not an address");
	bad("a b", "at the end");
	bad("a@", "not a domain at the end of \"a@\"");
	bad("@b", "not an address at character 1: @b");
	bad("<>", "not an address");
	bad("a@b c@d", "not an address at character 5: c@d");
	bad("a@b@c", "not an address");
	bad("<a@b", "a < without >");
	bad("<a@b> c", "not an address");
	bad("a@b>", "not an address");
	bad("(a@b", "a comment is not closed at character 1");
	bad("\"a@b", "a quoted string is not closed");
	bad("a@[1.2", "a domain literal without end");
	bad("a@[1<2]", "not a domain");
	bad("a@[1[2]", "not a domain");
	bad("a@b..c", "not a domain");
	bad("a@b.", "not a domain");
	bad("g: a@b", "a group is not closed");
	bad("g: h: a@b;;", "not an address");
	bad("a@b;", "not an address");
	bad(";", "not an address");
	bad(": a@b;", "not an address");
	bad("g:; x", "a comma is missing after a group");
	bad("<@a c@d>", "a route without colon");
	bad("a\\b@c", "not an address");
	bad("\"a\1\"@c", "a control character");
	bad("a\1@c", "not an address");
	bad("j\xf6rg@x", "not UTF-8");
	bad_n("a\0b@c", 5, "not an address");
	bad_n("a@b\0", 4, "not an address");
	bad_n("\"a\0b\"@c", 7, "a control character");
	bad("a@b\n\x1b[31mc", "not an address at character 5: [31mc");
}

static void
sizes(void)
{
	struct buf b = {0};
	struct addrs a = {0};
	struct err e;

	for (unsigned i = 0; i < ADDR_MAX + 1; i++)
		buf_addc(&b, 'a');
	bad_n(b.data, b.len, "an address longer than 1000 octets");
	CHECK(addr_check(b.data, &e) == -1 && e.status == EX_DATAERR);
	buf_clear(&b);
	for (unsigned i = 0; i < 100000; i++)
		buf_addc(&b, '(');
	bad_n(b.data, b.len, "a comment is not closed");
	buf_clear(&b);
	for (unsigned i = 0; i < 100000; i++)
		buf_addf(&b, "u%u@X.org, u%u@x.ORG,", i, i);
	CHECK(addr_parse(b.data, b.len, &a, &e) == 0 && a.n == 200000);
	addrs_unique(&a);
	CHECK(a.n == 100000);
	if (a.n == 100000)
		CHECK_TEXT(a.list[99999], "u99999@X.org");
	addrs_free(&a);
	buf_free(&b);
}

static void
unique(void)
{
	struct addrs a = {0};
	struct buf out = {0};
	struct err e;

	CHECK(addr_parse("b@X, a@x, B@x, b@x, root, Root, a@x, root", 41, &a, &e) == 0);
	addrs_unique(&a);
	join(&a, &out);
	CHECK_TEXT(buf_str(&out), "b@X | a@x | B@x | root | Root");
	addrs_free(&a);
	addrs_unique(&a);
	CHECK(a.n == 0);
	buf_free(&out);
}

static void
checks(void)
{
	static const char *const fine[] = {"a", "a@b", "\"a b\"@c", "\"<\"@c", "a@[::1]",
		"\xc3\xb6@x", "a@b@c", "\"a\\\"b\"@c", NULL};
	static const char *const wrong[] = {"", "a b@c", "<a@b>", "a@b\r\nDATA", "a\nb", "a\rb",
		"a\tb", "a@b>", "a@", "@b", "\xff@x", "\"a@b", "\"a\\", "a@b c", "a,b", "a\x7f",
		"\"a\nb\"@c", NULL};
	struct err e;

	for (size_t i = 0; fine[i] != NULL; i++)
		CHECK(addr_check(fine[i], &e) == 0);
	for (size_t i = 0; wrong[i] != NULL; i++) {
		int r = addr_check(wrong[i], &e);

		CHECK(r == -1 && e.status == EX_DATAERR);
		if (r == 0)
			fprintf(stderr, "\t%s\n", wrong[i]);
	}
}

static void
parts(void)
{
	CHECK(addr_domain("root") == NULL);
	CHECK_TEXT(addr_domain("a@b@c"), "c");
	CHECK_TEXT(addr_domain("\"x@y\"@c"), "c");
	CHECK(addr_domain("\"x@y\"") == NULL);
	CHECK_TEXT(addr_domain("\"x\\\"@y\"@z"), "z");
	CHECK(addr_local_len("ab@c") == 2 && addr_local_len("root") == 4);
	CHECK(addr_local_is_8bit("\xc3\xb6@x") && !addr_domain_is_8bit("\xc3\xb6@x"));
	CHECK(!addr_local_is_8bit("x@\xc3\xb6") && addr_domain_is_8bit("x@\xc3\xb6"));
	CHECK(!addr_domain_is_8bit("x"));
}

/*
 * For plain addresses the fast path gives the same result as the parser, which a blank at the end selects. The
 * texts are random sequences of the characters of such addresses.
 */
static void
plain(void)
{
	static const char *const parts[] = {"a", "b.c", "@", "<", ">", " ", ".", "x-y", "=?u?q?",
		"?=", "Name", "\"q\"", "(c)", ",", ":", ";", "\xc3\xa9", "\t", "\n ", "@d.e",
		"<m@n.o>"};
	enum { PARTS = sizeof parts / sizeof parts[0] };
	unsigned seed = 1, taken = 0;

	for (int i = 0; i < 200000; i++) {
		struct addrs slow = {0};
		const char *quick;
		size_t len;
		struct buf text = {0};
		struct err e = {0};
		unsigned n = 1 + (unsigned)i % 6;

		while (n-- > 0) {
			seed = seed * 1103515245 + 12345;
			buf_adds(&text, parts[(seed >> 16) % PARTS]);
		}
		if (addr_plain(text.data, text.len, &quick, &len)) {
			char *found = mem_dup(quick, len);

			taken++;
			buf_addc(&text, ' ');
			CHECK(!addr_plain(text.data, text.len, &quick, &len));
			CHECK(addr_parse(text.data, text.len, &slow, &e) == 0 && slow.n == 1);
			if (slow.n == 1)
				CHECK_TEXT(found, slow.list[0]);
			free(found);
		}
		addrs_free(&slow);
		buf_free(&text);
	}
	CHECK(taken > 1000);
}

int
main(void)
{
	lists();
	loose();
	domains();
	plain();
	quotes();
	garbage();
	sizes();
	unique();
	checks();
	parts();
	return check_done();
}
