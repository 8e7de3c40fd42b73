/* nntp verbs post and ihave: an article out of stdin or a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/common_verbs.h"
#include "cmd/log.h"
#include "cmd/nntp/nntp.h"
#include "mail/msgid.h"
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

static int
post(struct session *s, const char *msgid, const char *file, struct err *e)
{
	const struct client_result *result = &s->c.result;
	struct tmpcopy copy;
	int fd, rc = take_input(&copy, file, &fd, e);

	if (rc == 0)
		rc = nntp_run_post(&s->c, msgid, &copy, e);
	if (rc == 0 && log_is_open()) {
		log_begin(s);
		log_str("message-id", msgid);
		log_number("octets", copy.len);
		log_text("reply", buf_str(&result->text), result->text.len);
		log_end("sent", 0);
	}
	if (rc == 0)
		rc = reply_print(s, result->code, buf_str(&result->text), result->text.len, e);
	tmpcopy_free(&copy);
	if (fd > STDERR_FILENO)
		close(fd);
	return rc;
}

static int
run_post(struct session *s, const struct args *a, struct err *e)
{
	return post(s, NULL, args_at(a, 0), e);
}

const struct verb nntp_post_verb = {"post", "[FILE]", "post an article from FILE or stdin",
	VERB_STDIN, NULL, run_post, NULL, .group = GROUP_SEND,
	.exits = "69 if the server refuses the article",
	.example = "mailnet nntp -s nntps://news.example.org post article.txt"};

static int
run_ihave(struct session *s, const struct args *a, struct err *e)
{
	const char *msgid = args_at(a, 0);

	return msgid_check(msgid, e) == 0 ? post(s, msgid, args_at(a, 1), e) : -1;
}

const struct verb nntp_ihave_verb = {"ihave", "MSGID [FILE]",
	"offer an article as a news peer, send it if the server accepts it", VERB_STDIN, NULL,
	run_ihave, NULL, .group = GROUP_SEND,
	.exits = "69 if the server refuses the article, 1 if it has the article",
	.example = "mailnet nntp -s nntps://news.example.org ihave '<1@example.org>' article.txt"};
