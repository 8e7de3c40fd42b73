/*
 * survey: the groups of a job, and which of their articles to ask for. GROUP for all groups is one pipeline; where the
 * marks leave a thousand numbers or more, LISTGROUP shows the gaps, for all such groups in another pipeline.
 *
 *	survey_add                     for each group; or none, for those of a newsrc file
 *	survey_open_newsrc             if a newsrc file is used
 *	survey_put, survey_take        in a pipeline; they go on where they stopped if the pipeline is repeated
 *	survey_specs                   all articles to ask for, with their groups, in the order of the list
 *	unread_mark, survey_save       when articles are on stable storage, or written
 *	survey_free
 *
 * In a job over several groups, a group that the server refuses is passed over (job/passed.h). If it refuses every
 * group because a login or a permission is missing, the first refusal is the error of the job.
 */
#ifndef JOB_SURVEY_H
#define JOB_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "job/passed.h"
#include "job/unread.h"
#include "proto/nntp_spec.h"
#include "store/newsrc_files.h"

enum survey_state {
	SURVEY_WANTED,   /* GROUP was not answered */
	SURVEY_SELECTED, /* the specs are clipped to the marks */
	SURVEY_LISTED,   /* LISTGROUP was answered, too */
	SURVEY_CLOSED,   /* refused because a login or a permission is missing; not reported yet */
	SURVEY_REFUSED   /* passed over */
};

struct survey_group {
	const char *name;        /* borrowed; NULL: the group that is selected */
	struct nntp_specs specs; /* the articles wanted; after the survey, those to ask for */
	struct unread unread;    /* with a newsrc file */
	enum survey_state state;
	uint64_t upto; /* of the owner: the highest number that may be marked */
};

/* The owner sets the first three, the rest to zero. */
struct survey {
	bool gaps;             /* send LISTGROUP */
	uint64_t last;         /* only the last articles of each group, at most this many; 0: all */
	struct passed *passed; /* of the job, borrowed: for several */

	struct newsrc *newsrc; /* NULL: all articles are unread */
	bool several;          /* a group that fails is passed over */
	struct survey_group *list;
	size_t n, room;
	/* Private. */
	bool kept;       /* the newsrc file is saved and closed by newsrc_files_end */
	size_t put, got; /* groups whose command was sent, whose reply was read */
	bool selected;   /* the server has selected one of them */
	size_t closed;   /* groups with this state, */
	struct err why;  /* the error of the first of them, */
	struct buf text; /* and its reply */
};

/* Add a group; the owner adds specs. The entry is valid until the next one is added. */
struct survey_group *survey_add(struct survey *s, const char *name);

/*
 * Open and lock the newsrc file, which survey_free closes; or use the one that files has under this path. keep: the
 * marks count only at the end of the run, so files keeps it open. It is used for the one group that was added. If none
 * was, add every group that the file subscribes to, in its order, with all its articles, and set several; a line whose
 * name cannot stand in a command, or whose ranges are invalid, is passed over. EX_NOINPUT: the file does not exist then.
 * Errors as newsrc_open (waiting for the lock as long as the client's timeout) and unread_begin.
 */
int survey_open_newsrc(struct survey *s, struct client *c, struct newsrc_files *files,
	const char *path, bool keep, struct err *e);

/*
 * Queue as many GROUP commands as the window has room for; read their replies, and send the rest. c->result is the last
 * reply. -1: the survey as a whole has failed, or a step must be made first (n->need).
 */
int survey_put(struct survey *s, struct client *c, struct err *e);
int survey_take(struct survey *s, struct client *c, struct err *e);

/* g is the group that is selected: clip its specs to the marks, then apply `last` and the newsrc file. */
void survey_plan(struct survey *s, struct client *c, struct survey_group *g);

/* The largest number of articles in the specs of all groups, saturating. */
uint64_t survey_count(const struct survey *s);

/* Append the specs of all groups to `to`, after a spec for each group that has any. */
void survey_specs(const struct survey *s, struct nntp_specs *to);

/* The group that nntp_read_next or an overview has come to: the next one of this name (the same pointer) after g. */
struct survey_group *survey_find(struct survey *s, struct survey_group *g, const char *name);

/*
 * In a job over several groups, group g failed with e, which describes the last reply or an error of mailnet. True: g
 * is passed over, and e is cleared. False: all other groups would fail too, or a step must be made first (n->need).
 */
bool survey_pass(struct survey *s, struct client *c, struct survey_group *g, struct err *e);

/* In a job over several groups, put the name of the group in front of an error about one of its articles. */
void survey_name(const struct survey *s, const struct survey_group *g, struct err *e);

/*
 * At the end of a job over several groups: forget the selected group, since the user of the session did not select it.
 */
void survey_end(const struct survey *s, struct client *c);

/* Save the marks, unless newsrc_files_end will. Errors as newsrc_save. */
int survey_save(struct survey *s, struct err *e);

/* Free what s holds. */
void survey_free(struct survey *s);

#endif
