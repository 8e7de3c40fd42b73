/* nntp verbs post and ihave: send an article from stdin or a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/common_verbs.h"
#include "cmd/log.h"
#include "cmd/nntp/nntp.h"
#include "cmd/own.h"
#include "mail/header.h"
#include "mail/missing.h"
#include "mail/msgid.h"
#include "mail/scan.h"
#include "store/fs.h"
#include "store/tmpcopy.h"

/* Read the whole input before the first command: an input that fails midway must not be posted. */
static int
take_input(struct tmpcopy *copy, const char *file, int *fd, struct err *e)
{
	struct stat st;

	*fd = STDIN_FILENO;
	tmpcopy_init(copy, getenv("TMPDIR"), file != NULL ? file : "stdin");
	if (file != NULL && strcmp(file, "-") != 0) {
		*fd = fs_open(AT_FDCWD, file, O_RDONLY, 0, EX_NOINPUT, file, e);
		if (*fd == -1)
			return -1;
	}
	if (fstat(*fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return err_sys(e, EX_NOINPUT, "%s", copy->shown);
	}
	if (tmpcopy_take(copy, *fd, e) == -1)
		return -1;
	if (copy->len == 0)
		return err_set(e, EX_DATAERR, "%s: the article is empty", copy->shown);
	return 0;
}

/* Replace the article by a copy with these fields in front. */
static int
put_in_front(struct tmpcopy *copy, const struct buf *fields, struct err *e)
{
	struct tmpcopy whole;
	int rc;

	tmpcopy_init(&whole, getenv("TMPDIR"), copy->shown);
	rc = sink_write(&whole.sink, buf_str(fields), fields->len, e);
	if (rc == 0)
		rc = tmpcopy_send(copy, &whole.sink, e);
	tmpcopy_free(copy);
	*copy = whole;
	return rc;
}

/* Add the fields that the article lacks; *added has them. */
static int
add_missing(struct tmpcopy *copy, const struct scan *scan, struct buf *added, struct err *e)
{
	struct buf from = {0};

	buf_addf(&from, "%s@%s", own_user(), own_host());
	missing_fields(
		buf_str(&scan->header), scan->header.len, buf_str(&from), NULL, own_host, added);
	buf_free(&from);
	if (added->len == 0)
		return 0;
	/* Text without a header becomes the body. */
	if (!scan->has_header)
		buf_adds(added, "\r\n");
	return put_in_front(copy, added, e);
}

/* The message-id of a header, or NULL if there is none that can be sent in a command. The caller frees. */
static char *
own_id(const struct buf *header)
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
read_header(struct tmpcopy *copy, bool add, char **id, struct err *e)
{
	struct scan scan;
	struct buf added = {0};
	int rc;

	scan_init(&scan, BCC_ONLY);
	rc = tmpcopy_send(copy, &scan.sink, e) == 0 ? scan_finish(&scan, e) : -1;
	if (rc == 0 && add)
		rc = add_missing(copy, &scan, &added, e);
	buf_add(&added, buf_str(&scan.header), scan.header.len);
	*id = rc == 0 ? own_id(&added) : NULL;
	buf_free(&added);
	scan_free(&scan);
	return rc;
}

static int
post(struct session *s, const char *msgid, const char *file, bool add, struct err *e)
{
	const struct client_result *result = &s->c.result;
	struct tmpcopy copy;
	char *own = NULL;
	int fd, rc = take_input(&copy, file, &fd, e);

	if (rc == 0)
		rc = read_header(&copy, add, &own, e);
	if (rc == 0)
		rc = nntp_run_post(&s->c, msgid, msgid != NULL ? msgid : own, &copy, e);
	if (rc == 0 && log_is_open()) {
		log_begin(s);
		log_str("message-id", msgid);
		log_number("octets", copy.len);
		log_text("reply", buf_str(&result->text), result->text.len);
		log_end("sent", 0);
	}
	if (rc == 0)
		rc = reply_print(s, result->code, buf_str(&result->text), result->text.len, e);
	free(own);
	tmpcopy_free(&copy);
	if (fd > STDERR_FILENO)
		close(fd);
	return rc;
}

static int
run_post(struct session *s, const struct args *a, struct err *e)
{
	return post(s, NULL, args_at(a, 0), args_has(a, "add-missing"), e);
}

static const struct opt post_opts[] = {
	{0, "add-missing", NULL, "add From, Date and Message-ID where absent"}, {0}};

const struct verb nntp_post_verb = {"post", "[FILE]", "post an article from FILE or stdin",
	VERB_STDIN, post_opts, run_post, NULL, .group = GROUP_SEND,
	.exits = "69 if the server refuses the article",
	.example = "mailnet nntp -s nntps://news.example.org post article.txt"};

static int
run_ihave(struct session *s, const struct args *a, struct err *e)
{
	const char *msgid = args_at(a, 0);

	return msgid_check(msgid, e) == 0 ? post(s, msgid, args_at(a, 1), false, e) : -1;
}

const struct verb nntp_ihave_verb = {"ihave", "MSGID [FILE]",
	"offer an article as a news peer, send it if the server accepts it", VERB_STDIN, NULL,
	run_ihave, NULL, .group = GROUP_SEND,
	.exits = "69 if the server refuses the article, 1 if it has the article",
	.example = "mailnet nntp -s nntps://news.example.org ihave '<1@example.org>' article.txt"};
