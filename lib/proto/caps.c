#include "proto/caps.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

bool
caps_next(const char **p, const char *end, struct cap *cap)
{
	while (*p < end) {
		const char *at = *p, *lf = memchr(at, '\n', (size_t)(end - at));
		const char *eol = lf != NULL ? lf : end;

		*p = lf != NULL ? lf + 1 : end;
		cap->name = text_word(&at, eol, &cap->name_len);
		if (cap->name == NULL)
			continue;
		while (at < eol && text_is_space(*at))
			at++;
		cap->args = at;
		cap->args_len = (size_t)(eol - at);
		return true;
	}
	return false;
}

bool
caps_find(const struct buf *lines, const char *name, struct cap *cap)
{
	const char *p = buf_str(lines), *end = p + lines->len;

	while (caps_next(&p, end, cap))
		if (text_same_n(cap->name, cap->name_len, name))
			return true;
	return false;
}

bool
caps_number(const struct buf *lines, const char *name, uint64_t *number)
{
	const char *p = buf_str(lines), *end = p + lines->len;
	struct cap cap;

	while (caps_next(&p, end, &cap)) {
		const char *args = cap.args, *word;
		size_t n;

		if (text_same_n(cap.name, cap.name_len, name) &&
			(word = text_word(&args, args + cap.args_len, &n)) != NULL &&
			text_number(word, n, INT64_MAX, number))
			return true;
	}
	return false;
}

bool
cap_has_arg(const struct cap *cap, const char *arg)
{
	const char *p = cap->args, *end = p + cap->args_len, *word;
	size_t n;

	while ((word = text_word(&p, end, &n)) != NULL)
		if (text_same_n(word, n, arg))
			return true;
	return false;
}

size_t
caps_split(const struct buf *lines, struct cap **caps)
{
	const char *p = buf_str(lines), *end = p + lines->len;
	struct cap cap;
	size_t n = 0;

	*caps = NULL;
	while (caps_next(&p, end, &cap)) {
		*caps = mem_resize(*caps, n + 1, sizeof **caps);
		(*caps)[n++] = cap;
	}
	return n;
}

void
caps_add_lines(const struct buf *lines, const char *label, struct buf *out)
{
	const char *at = buf_str(lines), *end = at + lines->len;
	struct cap cap;

	while (caps_next(&at, end, &cap)) {
		buf_adds(out, label);
		buf_add(out, cap.name, cap.name_len);
		if (cap.args_len != 0)
			buf_addc(out, ' ');
		buf_add(out, cap.args, cap.args_len);
		buf_addc(out, '\n');
	}
}

bool
cap_same_name(const struct cap *a, const struct cap *b)
{
	return a->name_len == b->name_len && strncasecmp(a->name, b->name, a->name_len) == 0;
}

static void
json_args(struct json *j, const struct cap *cap)
{
	const char *p = cap->args, *word;
	size_t n;

	while ((word = text_word(&p, cap->args + cap->args_len, &n)) != NULL)
		json_str(j, word, n);
}

void
caps_json(struct json *j, const struct buf *lines)
{
	struct cap *list;
	size_t n = caps_split(lines, &list), first;

	json_open(j, '{');
	for (size_t i = 0; i < n; i++) {
		for (first = 0; !cap_same_name(&list[first], &list[i]);)
			first++;
		if (first < i)
			continue;
		json_key_n(j, list[i].name, list[i].name_len);
		json_open(j, '[');
		for (size_t k = i; k < n; k++)
			if (cap_same_name(&list[k], &list[i]))
				json_args(j, &list[k]);
		json_close(j, ']');
	}
	json_close(j, '}');
	free(list);
}
