/* The nearest name for one that was mistyped. */
#include "check.h"
#include "base/suggest.h"

static const char *
nearest_n(const char *word, size_t n, const char *const *candidates)
{
	struct suggest s = SUGGEST_FOR(word, n);

	for (; *candidates != NULL; candidates++)
		suggest_try(&s, *candidates);
	return s.best != NULL ? s.best : "-";
}

static const char *
nearest(const char *word, const char *candidate)
{
	return nearest_n(word, (size_t)-1, (const char *const[]){candidate, NULL});
}

static void
edits(void)
{
	CHECK_TEXT(nearest("output", "output"), "output");
	CHECK_TEXT(nearest("otuput", "output"), "output");
	CHECK_TEXT(nearest("otupt", "output"), "output");
	CHECK_TEXT(nearest("outtputt", "output"), "output");
	CHECK_TEXT(nearest("oxxput", "output"), "output");
	CHECK_TEXT(nearest("oxxxut", "output"), "-");
}

/* Of a short word, one edit; never so many that no letter of the candidate is left. */
static void
short_words(void)
{
	CHECK_TEXT(nearest("stta", "stat"), "stat");
	CHECK_TEXT(nearest("tsta", "stat"), "-");
	CHECK_TEXT(nearest("x", "b"), "-");
	CHECK_TEXT(nearest("", "b"), "-");
}

static void
beginnings(void)
{
	static const char *const candidates[] = {"listgroup", "lists", "list", NULL};

	CHECK_TEXT(nearest("pass", "password-command"), "password-command");
	CHECK_TEXT(nearest("p", "password-command"), "-");
	/* A candidate that is near precedes one that begins with the word; of equals, the first one wins. */
	CHECK_TEXT(nearest_n("list", (size_t)-1, candidates), "list");
	CHECK_TEXT(nearest_n("listt", (size_t)-1, candidates), "lists");
	CHECK_TEXT(nearest_n("listg", (size_t)-1, candidates), "lists");
	CHECK_TEXT(nearest_n("listgr", (size_t)-1, candidates), "lists");
	CHECK_TEXT(nearest_n("listgro", (size_t)-1, candidates), "listgroup");
}

static void
lengths(void)
{
	char longest[42];

	CHECK_TEXT(nearest_n("timeout=5", 7, (const char *const[]){"timeout", NULL}), "timeout");
	memset(longest, 'a', sizeof longest);
	longest[40] = '\0';
	CHECK_TEXT(nearest(longest, longest), longest);
	longest[40] = 'a';
	longest[41] = '\0';
	CHECK_TEXT(nearest(longest, longest), "-");
}

int
main(void)
{
	edits();
	short_words();
	beginnings();
	lengths();
	return check_done();
}
