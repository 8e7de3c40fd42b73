/* Parameters of MAIL and RCPT that a user gives (RFC 5321, section 4.1.2). */
#include <string.h>

#include "base/text.h"
#include "proto/smtp_message.h"

int
smtp_param_check(const char *param, struct err *e)
{
	size_t key = strcspn(param, "=");
	const char *value = param[key] == '=' ? param + key + 1 : NULL;
	bool ok = key > 0 && (value == NULL || *value != '\0');

	for (size_t i = 0; i < key; i++)
		ok = ok && (text_is_digit(param[i]) ||
				   (text_lower(param[i]) >= 'a' && text_lower(param[i]) <= 'z') ||
				   (param[i] == '-' && i > 0));
	for (const char *p = value; p != NULL && *p != '\0'; p++)
		ok = ok && *p != '=' && ((unsigned char)*p > 127 || (*p > ' ' && *p < 127));
	if (ok && strlen(param) <= ADDR_MAX)
		return 0;
	return err_set(e, EX_DATAERR, "'%.100s' is no parameter KEY or KEY=VALUE", param);
}

static bool
is_key(const char *param, const char *key)
{
	return text_same_n(param, strcspn(param, "="), key);
}

bool
smtp_param_has(const char *const *params, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (is_key(params[i], key))
			return true;
	return false;
}

bool
smtp_offers(const struct smtp_caps *caps, const char *name)
{
	const char *line = buf_str(&caps->lines);

	if (text_same(name, "AUTH") && caps->auth.len != 0)
		return true;
	while (*line != '\0') {
		size_t n = strcspn(line, "\n");
		const char *p = line, *word;
		size_t len;

		word = text_word(&p, line + n, &len);
		if (word != NULL && text_same_n(word, len, name))
			return true;
		line += n + (line[n] == '\n');
	}
	return false;
}

size_t
smtp_command_room(const struct smtp_caps *caps, const char *line, size_t n)
{
	static const struct {
		const char *command, *extension;
		size_t octets;
	} table[] = {{"MAIL", "SIZE", 26}, {"MAIL", "8BITMIME", 17}, {"MAIL", "BINARYMIME", 17},
		{"MAIL", "SMTPUTF8", 10}, {"MAIL", "DSN", 116}, {"MAIL", "AUTH", 500},
		{"MAIL", "DELIVERBY", 17}, {"MAIL", "MT-PRIORITY", 15},
		{"MAIL", "FUTURERELEASE", 34}, {"RCPT", "DSN", 536}};
	size_t room = 0;

	for (size_t i = 0; n > 4 && i < sizeof table / sizeof *table; i++)
		if (text_same_n(line, 4, table[i].command) && smtp_offers(caps, table[i].extension))
			room += table[i].octets;
	return room;
}

int
smtp_param_offered(const struct smtp_caps *caps, const char *param, struct err *e)
{
	/* Where the parameter is not called like its extension. */
	static const struct {
		const char *key, *extension;
	} of[] = {{"BODY", "8BITMIME"}, {"RET", "DSN"}, {"ENVID", "DSN"}, {"NOTIFY", "DSN"},
		{"ORCPT", "DSN"}, {"BY", "DELIVERBY"}, {"HOLDFOR", "FUTURERELEASE"},
		{"HOLDUNTIL", "FUTURERELEASE"}, {"SOLICIT", "NO-SOLICITING"},
		{"TRANSID", "CHECKPOINT"}, {"CONPERM", "CONPERM"}};
	size_t key = strcspn(param, "=");
	char name[64];
	const char *extension = name;

	if (key >= sizeof name)
		return err_set(e, EX_UNAVAILABLE, "the server does not offer '%.60s...'", param);
	memcpy(name, param, key);
	name[key] = '\0';
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		if (is_key(param, of[i].key))
			extension = of[i].extension;
	if (text_same(param, "BODY=BINARYMIME"))
		extension = "BINARYMIME";
	/* RFC 3030, section 3: lines that end otherwise than in CRLF are beyond DATA. */
	if (text_same(param, "BODY=BINARYMIME") && smtp_offers(caps, extension) && !caps->chunking)
		return err_set(e, EX_UNAVAILABLE, "%s needs BDAT, which %s", param,
			smtp_offers(caps, "CHUNKING") ? "is switched off"
						      : "the server does not offer");
	if (smtp_offers(caps, extension))
		return 0;
	if (extension == name)
		return err_set(e, EX_UNAVAILABLE, "the server does not offer %s", name);
	return err_set(
		e, EX_UNAVAILABLE, "the server does not offer %s, which %s needs", extension, name);
}

void
smtp_xtext(const char *text, struct buf *out)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p > ' ' && *p < 127 && *p != '+' && *p != '=')
			buf_addc(out, *p);
		else
			buf_addf(out, "+%02X", (unsigned)(unsigned char)*p);
	}
}
