#include "auth/sasl_ops.h"

#include <string.h>

#include "auth/sasl.h"
#include "base/err.h"
#include "base/text.h"

/* Take the next attribute `key=value` of a list separated by commas: its value in *v, *len. */
static bool
take(const char **p, const char *end, char key, const char **v, size_t *len)
{
	const char *comma;

	if (end - *p < 2 || (*p)[0] != key || (*p)[1] != '=')
		return false;
	*v = *p + 2;
	comma = memchr(*v, ',', (size_t)(end - *v));
	*len = (size_t)((comma != NULL ? comma : end) - *v);
	*p = comma != NULL ? comma + 1 : end;
	return true;
}

static bool
digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_is_digit(p[i]))
			return false;
	return n != 0;
}

int
scram_check_final(const char *p, size_t n, struct err *e)
{
	const char *v;
	size_t len, shown = 0;

	if (!take(&p, p + n, 'e', &v, &len))
		return 0;
	while (shown < len && shown < 100 && v[shown] >= ' ' && v[shown] < 127)
		shown++;
	return err_set(e, EX_NOPERM, "SCRAM: the server refused the login: %.*s", (int)shown, v);
}

int
scram_check_first(const char *p, size_t n, size_t password, struct err *e)
{
	const char *end = p + n, *v;
	uint64_t rounds;
	size_t len;

	if (scram_check_final(p, n, e) == -1)
		return -1;
	if (memchr(p, '\0', n) != NULL || !take(&p, end, 'r', &v, &len) ||
		!take(&p, end, 's', &v, &len) || !take(&p, end, 'i', &v, &len) || !digits(v, len))
		return err_set(
			e, EX_PROTOCOL, "SCRAM: the first challenge of the server is malformed");
	if (!text_number(v, len, UINT64_MAX, &rounds))
		rounds = UINT64_MAX; /* any number above SASL_ROUNDS_MAX will do */
	if (rounds < SASL_ROUNDS_MIN || rounds > SASL_ROUNDS_MAX)
		return err_set(e, EX_NOPERM,
			"SCRAM: the server asks for %llu rounds (%d to %d are accepted)",
			(unsigned long long)rounds, SASL_ROUNDS_MIN, SASL_ROUNDS_MAX);
	/* HMAC hashes a key longer than its block of 64 octets again in each round. */
	if (password > 64 && rounds > SASL_ROUNDS_MAX / (1 + password / 64))
		return err_set(e, EX_NOPERM,
			"SCRAM: %llu rounds are too many for a password of %zu octets",
			(unsigned long long)rounds, password);
	return 0;
}
