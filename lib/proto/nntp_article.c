#include "proto/nntp_article.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/header.h"
#include "mail/missing.h"
#include "mail/msgid.h"
#include "mail/scan.h"

/* Copy the article, with these fields in front. */
static int
put_in_front(struct nntp_article *a, const struct buf *fields, struct err *e)
{
	struct sink *to = &a->completed.sink;

	a->octets = &a->completed;
	return sink_write(to, buf_str(fields), fields->len, e) == 0
		       ? tmpcopy_send(&a->input.copy, to, e)
		       : -1;
}

/* Add the fields that the article lacks; *added has them. */
static int
add_missing(struct nntp_article *a, const struct nntp_poster *poster, const struct scan *scan,
	struct buf *added, struct err *e)
{
	struct buf from = {0};

	buf_addf(&from, "%s@%s", poster->user, poster->host());
	missing_fields(buf_str(&scan->header), scan->header.len, buf_str(&from), NULL, poster->host,
		added);
	buf_free(&from);
	if (added->len == 0)
		return 0;
	/* Text without a header becomes the body. */
	if (!scan->has_header)
		buf_adds(added, "\r\n");
	return put_in_front(a, added, e);
}

/* The message-id of a header, or NULL if there is none that can be sent in a command. The caller frees. */
static char *
find_msgid(const struct buf *header)
{
	struct err ignored = {0};
	struct header_field f;
	char *id;

	if (!header_find(buf_str(header), header->len, "Message-ID", &f))
		return NULL;
	while (f.value_len > 0 && text_is_space(f.value[f.value_len - 1]))
		f.value_len--;
	id = mem_dup(f.value, f.value_len);
	if (msgid_check(id, &ignored) == 0)
		return id;
	free(id);
	return NULL;
}

/* Read the header: add what it lacks, if that is wanted, and find the message-id. */
static int
read_header(struct nntp_article *a, const struct nntp_poster *poster, struct err *e)
{
	struct scan scan;
	struct buf header = {0};
	int rc;

	scan_init(&scan, BCC_ONLY);
	rc = tmpcopy_send(&a->input.copy, &scan.sink, e) == 0 ? scan_finish(&scan, e) : -1;
	if (rc == 0 && poster != NULL)
		rc = add_missing(a, poster, &scan, &header, e);
	buf_add(&header, buf_str(&scan.header), scan.header.len);
	if (rc == 0)
		a->msgid = find_msgid(&header);
	buf_free(&header);
	scan_free(&scan);
	return rc;
}

int
nntp_article_read(struct nntp_article *a, const char *path, const char *tmpdir,
	const struct nntp_poster *poster, struct err *e)
{
	const char *shown = path != NULL ? path : "stdin";

	a->msgid = NULL;
	a->octets = &a->input.copy;
	tmpcopy_init(&a->completed, tmpdir, shown);
	if (message_source_open(&a->input, path, tmpdir, e) == -1)
		return -1;
	if (message_source_len(&a->input) == 0)
		return err_set(e, EX_DATAERR, "%s: the article is empty", shown);
	return read_header(a, poster, e);
}

void
nntp_article_free(struct nntp_article *a)
{
	free(a->msgid);
	tmpcopy_free(&a->completed);
	message_source_close(&a->input);
}
