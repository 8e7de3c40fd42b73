#include "auth/apop.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/text.h"

#define MSG_ID_MAX 250

/* RFC 5322, section 3.2.3. */
static bool
is_atext(char c)
{
	return (text_lower(c) >= 'a' && text_lower(c) <= 'z') || text_is_digit(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Length of the dot-atom-text at p, 0 if there is none. */
static size_t
dot_atom(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (is_atext(p[i]) || (p[i] == '.' && i > 0 && p[i - 1] != '.')))
		i++;
	return i > 0 && p[i - 1] != '.' ? i : 0;
}

/* Length of a no-fold-literal [...] at p, 0 if there is none. */
static size_t
literal(const char *p, size_t n)
{
	size_t i = 1;

	if (n == 0 || p[0] != '[')
		return 0;
	while (i < n && p[i] > ' ' && p[i] < 127 && strchr("[]\\", p[i]) == NULL)
		i++;
	return i < n && p[i] == ']' ? i + 1 : 0;
}

/* Length of the msg-id (RFC 5322, section 3.6.4) that begins at p; 0: not a msg-id. */
static size_t
msg_id(const char *p, size_t n)
{
	size_t left = p[0] == '<' ? dot_atom(p + 1, n - 1) : 0;
	size_t at = 1 + left, right;

	if (left == 0 || at >= n || p[at] != '@')
		return 0;
	at++;
	right = dot_atom(p + at, n - at);
	if (right == 0)
		right = literal(p + at, n - at);
	at += right;
	return right != 0 && at < n && p[at] == '>' && at < MSG_ID_MAX ? at + 1 : 0;
}

int
apop_digest(const char *greeting, size_t n, const char *password, struct buf *out, struct err *e)
{
	unsigned char sum[DIGEST_MD5];
	struct buf text = {0};

	for (size_t i = 0; i < n; i++) {
		size_t len = msg_id(greeting + i, n - i);

		if (len == 0)
			continue;
		buf_reserve(&text, len + strlen(password));
		buf_add(&text, greeting + i, len);
		buf_adds(&text, password);
		digest_md5(text.data, text.len, sum);
		digest_hex(out, sum, sizeof sum);
		buf_wipe(&text);
		return 0;
	}
	return err_set(e, EX_NOPERM,
		"APOP: the greeting contains no valid timestamp (use another mechanism with "
		"--auth)");
}
