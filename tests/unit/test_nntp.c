/* The parts of nntp that need no server: overview formats, marks, ranges, which replies have a block. */
#include <string.h>

#include "proto/nntp.h"
#include "proto/nntp_overview.h"
#include "proto/nntp_read.h"
#include "check.h"

static void
set_reply(struct reply *r, int code, const char *text)
{
	buf_clear(&r->text);
	buf_adds(&r->text, text);
	r->code = code;
}

static void
test_marks(void)
{
	static const char *const bad[] = {"211", "211 1", "211 1 2", "211 a 1 2", "211 -1 1 2 g",
		"211 1 1 9223372036854775808 g", "211 1 1 99999999999999999999 g", "211 1,2,3 g"};
	struct reply r = {0};
	struct nntp_marks m;
	struct err e;

	set_reply(&r, 211, "211 3 1 9223372036854775807 misc.test");
	CHECK(nntp_parse_marks(&r, &m, &e) == 0);
	CHECK(m.count == 3 && m.first == 1 && m.last == INT64_MAX);
	set_reply(&r, 211, "211 0000  00 0");
	CHECK(nntp_parse_marks(&r, &m, &e) == 0 && m.last == 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		set_reply(&r, 211, bad[i]);
		e.status = 0;
		CHECK(nntp_parse_marks(&r, &m, &e) == -1 && e.status == EX_PROTOCOL);
	}
	reply_free(&r);
}

static void
test_article_reply(void)
{
	struct reply r = {0};
	struct nntp_got got;
	struct err e;

	set_reply(&r, 220, "220 7 <a@b> article");
	CHECK(nntp_parse_article(&r, false, &got, &e) == 0);
	CHECK(got.number == 7 && got.msgid_len == 5 && memcmp(got.msgid, "<a@b>", 5) == 0);
	set_reply(&r, 220, "220 7 article follows");
	CHECK(nntp_parse_article(&r, false, &got, &e) == 0 && got.number == 7 &&
		got.msgid_len == 0);
	set_reply(&r, 220, "220");
	CHECK(nntp_parse_article(&r, false, &got, &e) == 0 && got.number == 0);
	CHECK(nntp_parse_article(&r, true, &got, &e) == -1 && e.status == EX_PROTOCOL);
	set_reply(&r, 223, "223 7 article");
	CHECK(nntp_parse_article(&r, true, &got, &e) == -1 && e.status == EX_PROTOCOL);
	set_reply(&r, 220, "220 <a@b> article");
	CHECK(nntp_parse_article(&r, false, &got, &e) == -1 && e.status == EX_PROTOCOL);
	reply_free(&r);
}

static struct nntp_specs
range(uint64_t first, uint64_t last)
{
	struct nntp_specs s = {0};

	nntp_specs_add(&s, (struct nntp_spec){.first = first, .last = last});
	return s;
}

static void
test_specs(void)
{
	struct nntp_marks m = {.count = 5, .first = 10, .last = 20};
	struct nntp_marks empty = {0}, emptied = {.first = 8, .last = 7};
	struct nntp_specs s = range(1, NNTP_NUMBER_MAX);

	CHECK(nntp_specs_count(&s) == NNTP_NUMBER_MAX);
	nntp_specs_add(&s, (struct nntp_spec){.msgid = "<a@b>"});
	nntp_specs_add(&s, (struct nntp_spec){.first = 21, .last = 30});
	nntp_specs_add(&s, (struct nntp_spec){.first = 20, .last = 20});
	nntp_specs_clip(&s, &m);
	CHECK(s.n == 3);
	CHECK(s.list[0].first == 10 && s.list[0].last == 20);
	CHECK(s.list[1].msgid != NULL);
	CHECK(s.list[2].first == 20 && s.list[2].last == 20);
	CHECK(nntp_specs_count(&s) == 13);
	nntp_specs_clip(&s, &emptied);
	CHECK(s.n == 1 && s.list[0].msgid != NULL);
	nntp_specs_free(&s);
	s = range(0, 5);
	nntp_specs_clip(&s, &empty);
	CHECK(s.n == 0);
	nntp_specs_free(&s);
	s = range(0, UINT64_MAX);
	nntp_specs_add(&s, (struct nntp_spec){.first = 1, .last = UINT64_MAX - 1});
	nntp_specs_add(&s, (struct nntp_spec){.first = 1, .last = UINT64_MAX - 1});
	CHECK(nntp_specs_count(&s) == UINT64_MAX);
	nntp_specs_free(&s);
}

static bool
add(struct overview_format *f, const char *line)
{
	return overview_add(f, line, strlen(line));
}

static int
column(const struct overview_format *f, const char *name)
{
	return overview_column(f, name, strlen(name));
}

static void
test_columns(void)
{
	struct overview_format f;
	int columns[OVERVIEW_COLUMNS];
	struct buf names = {0};
	struct err e = {0};
	size_t n;

	overview_standard(&f);
	CHECK(overview_columns(&f, "subject,Xref:", columns, &n, &e) == -1);
	CHECK(e.status == EX_DATAERR && strstr(e.text, "'Xref:'") != NULL);
	overview_add(&f, "Xref:full", 9);
	CHECK(overview_columns(&f, "XREF:full,number,Bytes,:lines,From:", columns, &n, &e) == 0);
	CHECK(n == 5 && columns[0] == 8 && columns[1] == 0 && columns[2] == 6);
	CHECK(columns[3] == 7 && columns[4] == 2);
	CHECK(overview_columns(&f, "from,,date", columns, &n, &e) == -1);
	for (int i = 0; i <= OVERVIEW_COLUMNS; i++)
		buf_adds(&names, i == 0 ? "from" : ",from");
	CHECK(overview_columns(&f, buf_str(&names), columns, &n, &e) == -1);
	CHECK(e.status == EX_USAGE);
	buf_free(&names);
}

static void
test_format(void)
{
	struct overview_format f;
	char name[200];

	overview_standard(&f);
	CHECK(f.n == 7);
	CHECK(column(&f, "number") == 0 && column(&f, "SUBJECT") == 1);
	CHECK(column(&f, "Message-ID") == 4 && column(&f, ":bytes") == 6);
	CHECK(column(&f, "bytes") == 6 && column(&f, "lines") == 7);
	CHECK(column(&f, "subj") == -1 && column(&f, "subjects") == -1 && column(&f, "") == -1);
	CHECK(add(&f, "Xref:FULL") && f.fields[7].full && !strcmp(f.fields[7].name, "xref"));
	CHECK(!add(&f, "") && !add(&f, " ") && f.n == 8);
	f.n = 0;
	CHECK(add(&f, "Bytes:") && add(&f, "Lines:") && add(&f, "Bytes:full"));
	CHECK(!strcmp(f.fields[0].name, ":bytes") && !strcmp(f.fields[1].name, ":lines"));
	CHECK(!strcmp(f.fields[2].name, "bytes") && f.fields[2].full);
	memset(name, 'x', sizeof name);
	CHECK(overview_add(&f, name, sizeof name));
	CHECK(strlen(f.fields[3].name) == OVERVIEW_NAME_MAX - 1);
	while (f.n < OVERVIEW_FIELDS)
		CHECK(add(&f, "X:"));
	CHECK(!add(&f, "Y:") && f.n == OVERVIEW_FIELDS);
}

static void
test_split(void)
{
	struct nntp_span cols[OVERVIEW_COLUMNS + 1], v;
	struct overview_field xref = {.name = "xref", .full = true}, from = {.name = "from"};
	char many[300];

	CHECK(overview_split("", 0, cols) == 1 && cols[0].n == 0);
	CHECK(overview_split("1\t\tb", 4, cols) == 3);
	CHECK(cols[0].n == 1 && cols[1].n == 0 && cols[2].n == 1 && *cols[2].p == 'b');
	CHECK(overview_split("1\t", 2, cols) == 2 && cols[1].n == 0);
	memset(many, '\t', sizeof many);
	CHECK(overview_split(many, sizeof many, cols) == OVERVIEW_COLUMNS + 1);

	v = overview_value(&xref, (struct nntp_span){"Xref: h g:1", 11});
	CHECK(v.n == 5 && memcmp(v.p, "h g:1", 5) == 0);
	v = overview_value(&xref, (struct nntp_span){"Xref:", 5});
	CHECK(v.n == 0);
	v = overview_value(&xref, (struct nntp_span){"h g:1", 5});
	CHECK(v.n == 5);
	v = overview_value(&from, (struct nntp_span){"From: me", 8});
	CHECK(v.n == 8);
}

static void
test_blocks(void)
{
	CHECK(nntp_has_block(NNTP_CMD, 224) && nntp_has_block(NNTP_CMD, 215));
	CHECK(nntp_has_block(NNTP_CMD, 101) && nntp_has_block(NNTP_CMD, 220));
	CHECK(!nntp_has_block(NNTP_CMD, 211) && nntp_has_block(NNTP_LISTGROUP, 211));
	CHECK(!nntp_has_block(NNTP_CMD, 223) && !nntp_has_block(NNTP_CMD, 423));
	CHECK(!nntp_has_block(NNTP_PLAIN, 220) && !nntp_has_block(NNTP_QUIT, 205));
}

int
main(void)
{
	test_marks();
	test_article_reply();
	test_specs();
	test_columns();
	test_format();
	test_split();
	test_blocks();
	return check_done();
}
