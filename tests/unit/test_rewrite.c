/* The fields that replace From. */
#include "mail/rewrite.h"

#include <string.h>

#include "check.h"

static const struct {
	const char *header, *added;
} cases[] = {
	{"From: ann@h.example\n", "From: relay@x.example\r\nReply-To: ann@h.example\r\n"},
	{"Subject: x\nfrom : \"Ann, B.\"\n <ann@h.example> (home)\n",
		"From: \"Ann, B.\"\r\n <relay@x.example> (home)\r\nReply-To: ann@h.example\r\n"},
	{"From: root (Cron Daemon)\n",
		"From: relay@x.example (Cron Daemon)\r\nReply-To: root@d.example\r\n"},
	{"From: root\n", "From: relay@x.example\r\nReply-To: root@d.example\r\n"},
	{"From: =?utf-8?Q?J=C3=B6?= <jo@h.example>\n",
		"From: =?utf-8?Q?J=C3=B6?= <relay@x.example>\r\nReply-To: jo@h.example\r\n"},
	{"From: \"a <b@x>\" (c <d@x>) <ann@h.example>\n",
		"From: \"a <b@x>\" (c <d@x>) <relay@x.example>\r\nReply-To: ann@h.example\r\n"},
	{"From: <\"a>b\"@h.example>\n", "From: relay@x.example\r\nReply-To: \"a>b\"@h.example\r\n"},
	{"From: ann@h.example, Bob <bob>\n",
		"From: relay@x.example\r\nReply-To: ann@h.example,\r\n bob@d.example\r\n"},
	{"From: team: ann@h.example, bob@h.example;\n",
		"From: relay@x.example\r\nReply-To: ann@h.example,\r\n bob@h.example\r\n"},
	{"From: a@h.example\nFrom: b@h.example\n",
		"From: relay@x.example\r\nReply-To: a@h.example,\r\n b@h.example\r\n"},
	{"From: Ann <ann@h.example>\nReply-To: else@h.example\n",
		"From: Ann <relay@x.example>\r\n"},
	{"From: Ann <relay@x.example>\n", "From: Ann <relay@x.example>\r\n"},
	{"From: nobody:;\n", "From: relay@x.example\r\n"},
	{"From: <<@\n", "From: relay@x.example\r\n"},
	{"From:\n", "From: relay@x.example\r\n"},
	{"Subject: x\n", ""},
};

int
main(void)
{
	static const char nul[] = "From: a\0b <ann@h.example>\n";
	struct buf out = {0};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&out);
		rewrite_from(cases[i].header, strlen(cases[i].header), "relay@x.example",
			"d.example", &out);
		CHECK_TEXT(buf_str(&out), cases[i].added);
	}
	/* The fields are kept as a string. */
	buf_clear(&out);
	rewrite_from(nul, sizeof nul - 1, "relay@x.example", NULL, &out);
	CHECK(strlen(buf_str(&out)) == out.len);
	CHECK(strncmp(buf_str(&out), "From: relay@x.example\r\n", 23) == 0);
	buf_free(&out);
	return check_done();
}
