/* Operands and arguments of options, parsed by their kinds. */
#include <stdlib.h>

#include "check.h"
#include "base/buf.h"
#include "cmd/operand.h"

static void
add_value(struct buf *b, const struct operand *o)
{
	if (o->from_stdin)
		buf_adds(b, "=stdin");
	else if (o->spec.msgid != NULL)
		buf_addf(b, "=id%s", o->spec.msgid);
	else if (o->spec.first != 0)
		buf_addf(b, "=%ju-%ju", (uintmax_t)o->spec.first, (uintmax_t)o->spec.last);
	else if (o->message.uid != NULL)
		buf_addf(b, "=uid%.*s", (int)o->message.uid_len, o->message.uid);
	else if (o->message.number != 0)
		buf_addf(b, "=message%ju", (uintmax_t)o->message.number);
	else if (o->number != 0)
		buf_addf(b, "=%ju", (uintmax_t)o->number);
	else if (o->since != 0)
		buf_addf(b, "=time%jd", (intmax_t)o->since);
}

/* The operands of a line, whose words are separated by '/', as "NAME=VALUE ..."; "?" and the error. */
static const char *
parse_limit(const char *pattern, const char *line, size_t limit)
{
	static struct buf b;
	struct operand out[8];
	struct err e = {0};
	char copy[256], *words[8], *rest = copy;
	int n = 0;

	snprintf(copy, sizeof copy, "%s", line);
	while (*line != '\0' && rest != NULL)
		words[n++] = strsep(&rest, "/");
	buf_clear(&b);
	if (operand_parse(pattern, words, n, limit, out, &e) == -1) {
		buf_addf(&b, "?%d %s", e.status, e.text);
		return buf_str(&b);
	}
	for (int i = 0; i < n; i++) {
		CHECK(out[i].word == words[i]);
		buf_addf(&b, "%s%.*s", i > 0 ? " " : "", (int)out[i].name_len, out[i].name);
		add_value(&b, &out[i]);
	}
	return buf_str(&b);
}

static const char *
parse(const char *pattern, const char *line)
{
	return parse_limit(pattern, line, 0);
}

static void
arity(void)
{
	int min, max;

	operand_arity("", &min, &max);
	CHECK(min == 0 && max == 0);
	operand_arity("MSGID [FILE]", &min, &max);
	CHECK(min == 1 && max == 2);
	operand_arity("[GROUP] [SPEC...]", &min, &max);
	CHECK(min == 0 && max == -1);
	operand_arity("FIELD [GROUP] RANGE|MSGID PATTERN...", &min, &max);
	CHECK(min == 3 && max == -1);
}

static void
kinds(void)
{
	CHECK_TEXT(parse("GROUP", "misc.test"), "GROUP");
	CHECK_TEXT(parse("RANGE", "5-"), "RANGE=5-9223372036854775807");
	CHECK_TEXT(parse("MSGID", "<a@b>"), "MSGID=id<a@b>");
	CHECK_TEXT(parse("SPEC...", "1/2-3/<a@b>"), "SPEC=1-1 SPEC=2-3 SPEC=id<a@b>");
	CHECK_TEXT(parse("RANGE|MSGID", "<a@b>"), "RANGE|MSGID=id<a@b>");
	CHECK_TEXT(parse("N LINES", "uid:x y/10"), "N=uidx y LINES=10");
	CHECK_TEXT(parse("N", "7"), "N=message7");
	CHECK_TEXT(parse("SINCE", "1970-01-02"), "SINCE=time86400");
	CHECK_TEXT(parse("DIR RCPT", "a\nb/c"), "DIR RCPT");
	CHECK_TEXT(parse("[FILE]", "-"), "FILE");
}

/* The words show which of the optional operands were omitted. */
static void
omitted(void)
{
	CHECK_TEXT(parse("[GROUP] [SPEC...]", ""), "");
	CHECK_TEXT(parse("[GROUP] [SPEC...]", "g/1"), "GROUP SPEC=1-1");
	CHECK_TEXT(parse("[GROUP] [SPEC...]", "1/2"), "SPEC=1-1 SPEC=2-2");
	CHECK_TEXT(parse("[GROUP] [SPEC...]", "<a@b>"), "SPEC=id<a@b>");
	CHECK_TEXT(parse("[GROUP] [SPEC...]", "-"), "SPEC=stdin");
	CHECK_TEXT(parse("[GROUP] [SPEC...]", "g/-"), "GROUP SPEC=stdin");
	CHECK_TEXT(parse("[GROUP] RANGE|MSGID PATTERN...", "1-2/*a*/*b*"),
		"RANGE|MSGID=1-2 PATTERN PATTERN");
	CHECK_TEXT(parse("[GROUP] RANGE", "g"), "?64 missing RANGE");
	CHECK_TEXT(parse("[GROUP] [RANGE]", "1/2"), "?64 unexpected argument '2' after '1'");
}

static void
malformed(void)
{
	CHECK_TEXT(
		parse("GROUP", "a b"), "?65 the group name contains a blank or control character");
	CHECK_TEXT(parse("FIELD GROUP", "Subject//"), "?65 the group name is empty");
	CHECK_TEXT(parse("GROUP", "a\nb"), "?65 GROUP contains CR or LF");
	CHECK_TEXT(parse("LINE...", "a/b\rc"), "?65 LINE contains CR or LF");
	CHECK_TEXT(parse("RANGE", "x"), "?65 'x' is not a range of article numbers (A-B or A-)");
	CHECK_TEXT(parse("SPEC", "9-8"), "?65 the range 9-8 ends before it begins");
	CHECK_TEXT(parse("N LINES", "1/-1"), "?65 '-1' is not a number");
	CHECK_TEXT(parse("N", "uid:"), "?65 the unique-id after uid: is empty");
	CHECK_TEXT(parse("FILE", "missing.eml"), "?66 missing.eml: No such file or directory");
	CHECK_TEXT(parse_limit("GROUP", "misc.test", 11), "GROUP");
	CHECK_TEXT(parse_limit("GROUP", "misc.test", 10),
		"?65 GROUP has 9 octets: too long for a command of at most 10 octets");
	CHECK_TEXT(parse_limit("DIR", "misc.test", 10), "DIR");
}

static const char *
option(const char *kind, const char *value)
{
	static struct buf b;
	struct err e = {0};

	buf_clear(&b);
	if (operand_check_option(kind, value, &e) == -1)
		buf_addf(&b, "?%d %s", e.status, e.text);
	return buf_str(&b);
}

static void
options(void)
{
	CHECK_TEXT(option("N", "0"), "");
	CHECK_TEXT(option("N", "-"), "?64 '-' is not a number");
	CHECK_TEXT(option("BYTES", "1k"), "?64 '1k' is not a number");
	CHECK_TEXT(option("K", "1"), "");
	CHECK_TEXT(option("K", "00"), "?64 '00' is not a number of at least 1");
	CHECK_TEXT(option("K", ""), "?64 '' is not a number");
	CHECK_TEXT(option("AGE", "14d"), "");
	CHECK(strncmp(option("AGE", "soon"), "?64 ", 4) == 0);
	CHECK_TEXT(option("FILE", "a\nb"), "");
	CHECK_TEXT(option("FILE", ""), "?64 the argument is empty");
	CHECK_TEXT(option("FIELD,...", ""), "?64 the argument is empty");
	CHECK_TEXT(option("NAME", "a\nb"), "?65 NAME contains CR or LF");
	CHECK_TEXT(option("DEST", "|cat"), "");
	CHECK_TEXT(option("DEST", "lmtp://ann@localhost"), "");
	CHECK(strncmp(option("DEST", "lmtp://"), "?64 ", 4) == 0);
	CHECK(strncmp(option("DEST", "/"), "?73 ", 4) == 0);
}

static void
names_of_stdin(void)
{
	CHECK(operand_is_stdin("-") && operand_is_stdin("/dev/stdin"));
	CHECK(operand_is_stdin("/dev/fd/0"));
	CHECK(!operand_is_stdin("") && !operand_is_stdin("/dev/fd/01") && !operand_is_stdin("--"));
}

int
main(void)
{
	arity();
	kinds();
	omitted();
	malformed();
	options();
	names_of_stdin();
	return check_done();
}
