/* Splitting batch lines into words. */
#include <stdlib.h>

#include "check.h"
#include "base/buf.h"
#include "base/shell_words.h"

/* The words of a line as <a><b>; "?" and the error for one that cannot be split. */
static const char *
split_n(const char *line, size_t n)
{
	static struct buf b;
	struct err e = {0};
	char **words = NULL;
	int count = -1;

	buf_clear(&b);
	if (shell_words(line, n, &words, &count, &e) == -1) {
		buf_addf(&b, "?%d %s", e.status, e.text);
		return buf_str(&b);
	}
	for (int i = 0; i < count; i++)
		buf_addf(&b, "<%s>", words[i]);
	CHECK(words[count] == NULL);
	free(words);
	return buf_str(&b);
}

static const char *
split(const char *line)
{
	return split_n(line, strlen(line));
}

static void
words(void)
{
	CHECK_TEXT(split(""), "");
	CHECK_TEXT(split(" \t "), "");
	CHECK_TEXT(split("group misc.test"), "<group><misc.test>");
	CHECK_TEXT(split("  a \t b  "), "<a><b>");
	CHECK_TEXT(split("a\r"), "<a>");
	CHECK_TEXT(split("\r"), "");
	CHECK_TEXT(split("a\rb"), "<a\rb>");
	CHECK_TEXT(split_n("abc", 2), "<ab>");
}

static void
comments(void)
{
	CHECK_TEXT(split("# all of it"), "");
	CHECK_TEXT(split("  # all of it 'even"), "");
	CHECK_TEXT(split("a # rest"), "<a>");
	CHECK_TEXT(split("a#b # c"), "<a#b>");
	CHECK_TEXT(split("'#' \\# \"#\""), "<#><#><#>");
}

static void
quotes(void)
{
	CHECK_TEXT(split("'a b' \"c  d\""), "<a b><c  d>");
	CHECK_TEXT(split("a'b c'd\"e f\"g"), "<ab cde fg>");
	CHECK_TEXT(split("'' \"\""), "<><>");
	CHECK_TEXT(split("'a\"b' \"c'd\""), "<a\"b><c'd>");
	CHECK_TEXT(split("'a\\b' \"a\\b\""), "<a\\b><a\\b>");
	CHECK_TEXT(split("\"\\\" \\\\ \\$ \\` \\x\""), "<\" \\ $ ` \\x>");
	CHECK_TEXT(split("$HOME `ls` *"), "<$HOME><`ls`><*>");
	CHECK_TEXT(split("a\\ b \\' \\\" \\\\"), "<a b><'><\"><\\>");
}

static void
broken(void)
{
	CHECK_TEXT(split("a 'b c"), "?64 unterminated single quote");
	CHECK_TEXT(split("a \"b c'"), "?64 unterminated double quote");
	CHECK_TEXT(split("a \"b\\"), "?64 unterminated double quote");
	CHECK_TEXT(split("a \"b\\\""), "?64 unterminated double quote");
	CHECK_TEXT(split("a\\"),
		"?64 the line ends in a backslash, but a batch cannot continue lines");
	CHECK_TEXT(split_n("a\0b", 3), "?65 the line contains a NUL");
}

/* As many words as a line can have, and the longest word, fit into the allocation. */
static void
extremes(void)
{
	char line[20001];
	struct err e = {0};
	char **list;
	int count;

	for (size_t i = 0; i < 20001; i++)
		line[i] = i % 2 == 0 ? 'x' : ' ';
	CHECK(shell_words(line, 20001, &list, &count, &e) == 0);
	CHECK(count == 10001);
	CHECK_TEXT(list[10000], "x");
	free(list);
	memset(line, 'y', sizeof line);
	CHECK(shell_words(line, 20001, &list, &count, &e) == 0);
	CHECK(count == 1 && strlen(list[0]) == 20001);
	free(list);
	/* Empty words: two octets each and a blank. */
	for (size_t i = 0; i < 20001; i++)
		line[i] = i % 3 == 2 ? ' ' : '\'';
	CHECK(shell_words(line, 20000, &list, &count, &e) == 0);
	CHECK(count == 6667);
	free(list);
}

int
main(void)
{
	words();
	comments();
	quotes();
	broken();
	extremes();
	return check_done();
}
