/* check: assertions of unit tests. Each test file is a program, whose main ends with check_done(). */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_failed, check_ran;

static inline void
check_at(int ok, const char *file, int line, const char *what)
{
	check_ran++;
	if (ok)
		return;
	check_failed++;
	fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}

static inline void
check_text_at(const char *got, const char *want, const char *file, int line)
{
	int same = got == NULL || want == NULL ? got == want : strcmp(got, want) == 0;

	check_at(same, file, line, "texts are the same");
	if (!same)
		fprintf(stderr, "\tgot  [%s]\n\twant [%s]\n", got != NULL ? got : "NULL",
			want != NULL ? want : "NULL");
}

/* The condition holds; the two strings (got, wanted) are the same, or both NULL. */
#define CHECK(cond)           check_at((cond) ? 1 : 0, __FILE__, __LINE__, #cond)
#define CHECK_TEXT(got, want) check_text_at((got), (want), __FILE__, __LINE__)
#define CHECK_STR             CHECK_TEXT

/* The exit status: 0 if at least one check ran and none failed. */
static inline int
check_done(void)
{
	printf("%d checks, %d failed\n", check_ran, check_failed);
	return check_failed == 0 && check_ran != 0 ? 0 : 1;
}

#endif
