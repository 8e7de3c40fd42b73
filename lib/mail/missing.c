#include "mail/missing.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/text.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/msgid.h"

/* The octets of text in one encoded word: as many as fit into a line of 76 characters after "From: ". */
#define WORD_OCTETS 42

/* Encoded words have 75 octets at most, and whole characters (RFC 2047, sections 2 and 5). */
static void
add_words(struct buf *out, const char *name)
{
	size_t left = strlen(name);

	while (left > 0) {
		size_t n = left < WORD_OCTETS ? left : WORD_OCTETS;

		while (n < left && n > WORD_OCTETS - 4 && ((unsigned char)name[n] & 0xc0) == 0x80)
			n--;
		buf_adds(out, "=?utf-8?B?");
		digest_base64(out, name, n);
		buf_adds(out, left > n ? "?=\r\n " : "?=");
		name += n;
		left -= n;
	}
}

/* A display name as it may stand in front of an address (RFC 5322, section 3.2.5; RFC 2047). */
static void
add_name(struct buf *out, const char *name)
{
	if (text_is_8bit(name, strlen(name))) {
		add_words(out, name);
		return;
	}
	buf_addc(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *name);
	}
	buf_addc(out, '"');
}

/* A blank in front of a word, with a line end if that goes beyond a line of 76. */
static void
add_blank(struct buf *out, const char *word)
{
	size_t line = 0;

	while (line < out->len && out->data[out->len - line - 1] != '\n')
		line++;
	buf_adds(out, line + strlen(word) + 3 > 76 ? "\r\n " : " ");
}

static void
add_from(struct buf *out, const char *from, const char *name)
{
	buf_adds(out, "From: ");
	if (name != NULL && *name != '\0') {
		add_name(out, name);
		add_blank(out, from);
		buf_addf(out, "<%s>\r\n", from);
	} else {
		buf_addf(out, "%s\r\n", from);
	}
}

void
missing_fields(const char *header, size_t n, const char *from, const char *name,
	const char *(*host)(void), struct buf *out)
{
	struct header_field f;

	if (!header_find(header, n, "Date", &f)) {
		buf_adds(out, "Date: ");
		date_rfc5322(time(NULL), out);
		buf_adds(out, "\r\n");
	}
	if (from != NULL && !header_find(header, n, "From", &f))
		add_from(out, from, name);
	if (!header_find(header, n, "Message-ID", &f)) {
		buf_adds(out, "Message-ID: ");
		msgid_make(time(NULL), host(), out);
		buf_adds(out, "\r\n");
	}
}
