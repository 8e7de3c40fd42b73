/* args: what verbs ask of their parsed line. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/verb.h"

void
args_free(struct args *a)
{
	free(a->opts);
	*a = (struct args){0};
}

void
args_add(struct args *a, struct arg_opt o)
{
	a->opts = mem_resize(a->opts, a->nopts + 1, sizeof *a->opts);
	a->opts[a->nopts++] = o;
}

static const struct arg_opt *
last_of(const struct args *a, const char *name)
{
	for (size_t i = a->nopts; i > 0; i--)
		if (strcmp(a->opts[i - 1].opt->name, name) == 0 && !a->opts[i - 1].off)
			return &a->opts[i - 1];
	return NULL;
}

const char *
args_get(const struct args *a, const char *name)
{
	const struct arg_opt *o = last_of(a, name);

	return o != NULL ? o->value : NULL;
}

bool
args_has(const struct args *a, const char *name)
{
	return last_of(a, name) != NULL;
}

const char *
args_nth(const struct args *a, const char *name, size_t i)
{
	for (size_t k = 0; k < a->nopts; k++)
		if (strcmp(a->opts[k].opt->name, name) == 0 && i-- == 0)
			return a->opts[k].value;
	return NULL;
}

int
args_number(const struct args *a, const char *name, uint64_t min, uint64_t max, uint64_t *out,
	struct err *e)
{
	const struct arg_opt *o = last_of(a, name);
	uint64_t v;

	if (o == NULL)
		return 0;
	if (!text_number_s(o->value, max, &v) || v < min)
		return err_set(e, EX_USAGE,
			"--%s: '%s' is not a number from %" PRIu64 " to %" PRIu64, name, o->value,
			min, max);
	*out = v;
	return 0;
}

const char *
args_at(const struct args *a, int i)
{
	return i >= 0 && i < a->argc ? a->argv[i] : NULL;
}
