#include "mail/msgid.h"

#include <string.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/text.h"

#define HOST_MAX 200

static void
add_host(const char *host, struct buf *out)
{
	size_t before = out->len;

	for (; *host != '\0' && out->len - before < HOST_MAX; host++) {
		char l = text_lower(*host);
		bool inner = out->len > before && out->data[out->len - 1] != '.';

		if ((l >= 'a' && l <= 'z') || text_is_digit(l) || l == '-' || (l == '.' && inner))
			buf_addc(out, *host);
	}
	if (out->len > before && out->data[out->len - 1] == '.')
		out->data[--out->len] = '\0';
	if (out->len == before)
		buf_adds(out, "localhost");
}

void
msgid_make(time_t now, const char *host, struct buf *out)
{
	unsigned char random[12];

	digest_random(random, sizeof random);
	buf_addf(out, "<%lx.", (unsigned long)now);
	digest_hex(out, random, sizeof random);
	buf_addc(out, '@');
	add_host(host, out);
	buf_addc(out, '>');
}

int
msgid_check(const char *s, struct err *e)
{
	size_t n = strlen(s);

	if (n > MSGID_MAX)
		return err_set(e, EX_DATAERR, "the message-id is longer than %d octets", MSGID_MAX);
	if (n < 3 || s[0] != '<' || strchr(s, '>') != s + n - 1)
		return err_set(e, EX_DATAERR,
			"\"%s\" is not a message-id: it must begin with < and end with >", s);
	for (; *s != '\0'; s++)
		if (*s <= 32 || *s >= 127)
			return err_set(e, EX_DATAERR,
				"a message-id may contain only printable ASCII and no blanks");
	return 0;
}
