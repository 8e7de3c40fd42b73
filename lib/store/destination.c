#include "store/destination.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "store/fs.h"
#include "store/maildir.h"
#include "store/mbox.h"
#include "store/pipe.h"
#include "store/store.h"

static int
parse_path(const char *path, struct destination *d, struct err *e)
{
	struct stat sb;

	d->what = path;
	d->kind = path[strlen(path) - 1] == '/' ? DEST_MAILDIR : DEST_MBOX;
	if (stat(path, &sb) == 0 && S_ISDIR(sb.st_mode)) {
		d->kind = DEST_MAILDIR;
		if (!maildir_is(path))
			return err_set(e, EX_CANTCREAT,
				"%s: a directory, but not a Maildir (it lacks tmp, new or cur)",
				path);
	}
	return 0;
}

int
destination_parse(const char *arg, struct destination *d, struct err *e)
{
	if (*arg == '\0' || strcmp(arg, "|") == 0)
		return err_set(e, EX_USAGE,
			"the destination is empty (give a Maildir, mbox, |COMMAND or lmtp:// URL)");
	if (*arg == '|')
		*d = (struct destination){DEST_PIPE, arg + 1};
	else if (text_starts(arg, "lmtp://"))
		*d = (struct destination){DEST_LMTP, arg};
	else if (strcmp(arg, "-") == 0)
		*d = (struct destination){DEST_STDOUT, arg};
	else
		return parse_path(arg, d, e);
	return 0;
}

/* Where the next "%g" of a path begins; NULL: there is none. */
static const char *
find_group(const char *path)
{
	return strstr(path, "%g");
}

bool
destination_has_group(const char *arg)
{
	return *arg != '|' && !text_starts(arg, "lmtp://") && find_group(arg) != NULL;
}

int
destination_for_group(const char *arg, const char *group, struct buf *out, struct err *e)
{
	const char *next;

	if (*group == '\0' || *group == '.' || strchr(group, '/') != NULL ||
		text_has_ctl(group, strlen(group)))
		return err_set(
			e, EX_CANTCREAT, "the group name '%.200s' cannot be a file name", group);
	for (; (next = find_group(arg)) != NULL; arg = next + 2) {
		buf_add(out, arg, (size_t)(next - arg));
		buf_adds(out, group);
	}
	buf_adds(out, arg);
	return 0;
}

/* Append the path with links, dots and double slashes resolved; the last component need not exist. */
static void
add_real_path(const char *path, struct buf *out)
{
	struct buf copy = {0};
	char *real, *parent;

	buf_adds(&copy, path);
	while (copy.len > 1 && copy.data[copy.len - 1] == '/')
		copy.data[--copy.len] = '\0';
	real = realpath(copy.data, NULL);
	if (real != NULL) {
		buf_adds(out, real);
	} else {
		parent = fs_parent(copy.data);
		real = realpath(parent, NULL);
		buf_addf(out, "%s/%s",
			real == NULL             ? parent
			: strcmp(real, "/") == 0 ? ""
						 : real,
			fs_base(copy.data));
		free(parent);
	}
	free(real);
	buf_free(&copy);
}

void
destination_identity(const struct destination *d, struct buf *out)
{
	switch (d->kind) {
	case DEST_MAILDIR:
		buf_adds(out, "maildir:");
		add_real_path(d->what, out);
		break;
	case DEST_MBOX:
		buf_adds(out, "mbox:");
		add_real_path(d->what, out);
		break;
	case DEST_PIPE: buf_addf(out, "|%s", d->what); break;
	case DEST_LMTP:
	case DEST_STDOUT: buf_adds(out, d->what); break;
	}
}

struct store *
destination_open(const struct destination *d, const struct destination_opts *o, struct err *e)
{
	switch (d->kind) {
	case DEST_MAILDIR: return maildir_open(d->what, o->mailbox, e);
	case DEST_MBOX: return mbox_open(d->what, o->wait_seconds, o->warning, e);
	case DEST_PIPE: return pipe_open(d->what, o->url, o->tmpdir, o->patience, o->records);
	case DEST_STDOUT:
	case DEST_LMTP: break;
	}
	err_set(e, EX_SOFTWARE, "%s: not a store", d->what);
	return NULL;
}
