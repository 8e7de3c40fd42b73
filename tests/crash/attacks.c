/* attacks.c - the attacks; attack.c lists them. */
#include "attack.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>

static const struct error {
	const char *name;
	int number;
} errors[] = {{"EINTR", EINTR}, {"EIO", EIO}, {"ENOSPC", ENOSPC}};

char **victim;
unsigned long stride = 1, offset = 1, states;
static unsigned long turn;
static bool through_relay;

/* Does this point belong to the ones that are tried? */
static bool
mine(void)
{
	return ++turn % stride == offset % stride;
}

/* Run the command undisturbed. */
static int
go(void)
{
	return through_relay ? run_cut(victim, -1, NULL) : run(victim);
}

/* Run undisturbed until a run succeeds, since a server may still be ending the last session. */
static void
again(const char *where)
{
	long ms = 2;

	for (int tries = 0; tries < 16; tries++, ms *= ms < 512 ? 2 : 1) {
		struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

		if (go() == 0)
			return;
		nanosleep(&pause, NULL);
	}
	score.wrong++;
	complain("it does not run again", where);
}

static void
check_all(const char *where)
{
	check_middle(where);
	again(where);
	check_end(where);
}

/* Run from the current state to the end. Returns the number of these calls. */
static unsigned long
count(const int *calls)
{
	struct strike s = {.calls = calls, .deed = COUNT};

	if (run_struck(victim, &s) != 0) {
		score.wrong++;
		complain("wrong", "an undisturbed run fails");
	}
	return s.seen;
}

/* Disturb a run. The number of the disturbed call is added to `where`, the description of the point. */
static void
strike(struct strike *s, char where[256])
{
	size_t n = strlen(where);

	run_struck(victim, s);
	score.points++;
	score.never += s->call == -1;
	snprintf(where + n, 256 - n, " (system call %d)", s->call);
}

/* ---- attacks ----------------------------------------------------------------------------------- */

static void
kill_at(unsigned long k, const char *before)
{
	struct strike s = {.deed = KILL, .at = k};
	char where[256];

	snprintf(where, sizeof where, "%skilled at call %lu", before, k);
	strike(&s, where);
	check_all(where);
}

static void
attack_kill(char **args)
{
	unsigned long calls;

	(void)args;
	world_reset();
	calls = count(NULL);
	for (unsigned long k = 1; k <= calls; k++) {
		if (!mine())
			continue;
		world_reset();
		kill_at(k, "");
	}
}

static bool
seen_before(uint64_t state)
{
	static uint64_t *seen;

	for (unsigned long i = 0; i < states; i++)
		if (seen[i] == state)
			return true;
	seen = realloc(seen, (states + 1) * sizeof *seen);
	if (seen == NULL)
		err(71, "out of memory");
	seen[states++] = state;
	return false;
}

static void
attack_twice(char **args)
{
	struct tree saved = {0};
	char before[64];
	unsigned long calls;

	(void)args;
	world_reset();
	calls = count(NULL);
	for (unsigned long k = 1; k <= calls; k++) {
		struct strike first = {.deed = KILL, .at = k};
		unsigned long calls2;

		world_reset();
		run_struck(victim, &first);
		world_save(&saved);
		snprintf(before, sizeof before, "killed at call %lu, then ", k);
		if (seen_before(tree_digest(&saved))) {
			/* The server may still process QUIT: it must have ended before the mailbox is filled again. */
			again(before);
			continue;
		}
		calls2 = count(NULL);
		for (unsigned long k2 = 1; k2 <= calls2; k2++) {
			if (!mine())
				continue;
			world_restore(&saved);
			kill_at(k2, before);
		}
	}
	tree_free(&saved);
}

static void
fail_at(unsigned long k, const struct error *e)
{
	struct strike s = {.calls = file_calls, .deed = FAIL, .at = k, .error = e->number};
	char where[256];

	world_reset();
	snprintf(where, sizeof where, "file call %lu fails with %s", k, e->name);
	strike(&s, where);
	check_all(where);
}

static const struct error *
error_named(const char *name)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strcmp(errors[i].name, name) == 0)
			return &errors[i];
	errx(64, "%s: unknown error", name);
}

static void
attack_fail(char **args)
{
	unsigned long calls;

	world_reset();
	calls = count(file_calls);
	for (unsigned long k = 1; k <= calls; k++)
		for (char **name = args; *name != NULL; name++)
			if (mine())
				fail_at(k, error_named(*name));
}

/* After a signal the run ends properly: complete messages are committed. */
static void
attack_signal(char **args)
{
	unsigned long calls;
	char where[256];

	(void)args;
	world_reset();
	calls = count(NULL);
	for (unsigned long k = 1; k <= calls; k++) {
		struct strike s = {.deed = TERM, .at = k};
		int status;

		if (!mine())
			continue;
		world_reset();
		snprintf(where, sizeof where, "SIGTERM at call %lu", k);
		status = run_struck(victim, &s);
		score.points++;
		score.never += s.call == -1;
		if (status != 0 && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)) {
			size_t n = strlen(where);

			snprintf(where + n, sizeof where - n, ", system call %d, wait status %#x",
				s.call, (unsigned)status);
			score.wrong++;
			complain("it neither ends well nor dies by the signal", where);
		}
		check_all(where);
	}
}

/* Write the number of the message that the server does not dot-stuff into FILE, which the server reads. */
static void
name_unstuffed(const char *file, unsigned long number)
{
	FILE *f = fopen(file, "we");

	if (f == NULL || fprintf(f, "%lu\n", number) < 0 || fclose(f) != 0)
		err(71, "%s", file);
}

/* A message ends early, and its rest arrives as replies: this message must never be deleted. */
static void
attack_unstuffed(char **args)
{
	unsigned long messages;
	char where[256];

	if (args[0] == NULL || args[1] == NULL)
		errx(64, "unstuffed: which file, how many messages?");
	messages = number_of(args[1]);
	world_strict = true;
	for (unsigned long k = 1; k <= messages; k++) {
		if (!mine())
			continue;
		world_reset();
		snprintf(where, sizeof where, "message %lu is not dot-stuffed", k);
		name_unstuffed(args[0], k);
		for (int i = 0; i < 3; i++) {
			int status = run(victim);

			score.points++;
			if (!WIFEXITED(status) || WEXITSTATUS(status) != EX_PROTOCOL) {
				score.wrong++;
				complain("it does not end with 76", where);
			}
			check_middle(where);
		}
		name_unstuffed(args[0], 0);
		again(where);
		check_end(where);
	}
}

/* The disk is full in the middle of a write. */
static void
attack_short(char **args)
{
	unsigned long calls;
	char where[256];

	(void)args;
	world_reset();
	calls = count(write_calls);
	for (unsigned long k = 1; k <= calls; k++) {
		struct strike s = {.calls = write_calls, .deed = SHORT, .at = k};

		if (!mine())
			continue;
		world_reset();
		snprintf(where, sizeof where, "no room for the second half of write %lu", k);
		strike(&s, where);
		check_all(where);
	}
}

/* The command that marks the messages instead of draining them. */
static char **
mark_instead(char **drain)
{
	static char *mark[64], word[] = "mark";
	size_t n = 0;

	for (; *drain != NULL && n < 63; drain++)
		if (strcmp(*drain, "drain") == 0)
			mark[n++] = word;
		else if (strcmp(*drain, "-d") == 0)
			drain++;
		else
			mark[n++] = *drain;
	return mark;
}

/* After a run of mark that may be incomplete. */
static void
check_marked(char **mark, char **drain, const char *where)
{
	struct tree saved = {0};

	world_save(&saved);
	victim = drain;
	again(where);
	check_middle(where);
	world_restore(&saved);
	victim = mark;
	again(where);
	victim = drain;
	again(where);
	check_untouched(where);
	tree_free(&saved);
}

static void
attack_mark(char **args)
{
	char **drain = victim, **mark = mark_instead(victim);
	static const enum deed deeds[] = {KILL, FAIL};
	unsigned long calls;
	char where[256];

	(void)args;
	for (size_t i = 0; i < 2; i++) {
		const int *counted = deeds[i] == FAIL ? file_calls : NULL;

		victim = mark;
		world_reset();
		calls = count(counted);
		for (unsigned long k = 1; k <= calls; k++) {
			struct strike s = {
				.calls = counted, .deed = deeds[i], .at = k, .error = EIO};

			if (!mine())
				continue;
			victim = mark;
			world_reset();
			snprintf(where, sizeof where, "mark %s at call %lu",
				deeds[i] == KILL ? "killed" : "fails", k);
			strike(&s, where);
			check_marked(mark, drain, where);
		}
	}
	victim = drain;
}

/* The mail reader works during a run or, with a kill, after the run was killed. */
static void
read_at(unsigned long k, enum deed deed)
{
	struct strike s = {.deed = deed, .at = k, .meanwhile = world_read_mail};
	char where[256];

	world_reset();
	snprintf(where, sizeof where, "%sa mail reader at call %lu",
		deed == KILL ? "killed, and " : "", k);
	strike(&s, where);
	if (deed == KILL) {
		world_read_mail();
		again(where);
	}
	check_end(where);
}

static void
attack_reader(char **args)
{
	unsigned long calls;

	(void)args;
	world_reset();
	calls = count(NULL);
	for (unsigned long k = 1; k <= calls; k++) {
		if (mine())
			read_at(k, PAUSE);
		if (mine())
			read_at(k, KILL);
	}
}

static void power_from(const struct tree *from, const char *before, int times);

/* Restart after a power failure with these files; the power may fail again. */
static void
power_back(const struct tree *disk, const char *where, int times)
{
	world_restore(disk);
	score.points++;
	check_all(where);
	if (times > 1)
		power_from(disk, where, times - 1);
}

/* Try each state that a power failure at this point can leave, unless it was tried before. */
static void
power_leaves(const char *before, unsigned long k, int times)
{
	struct tree disk[POWER_MODELS] = {0};
	bool tried[POWER_MODELS];
	char where[512];

	/* Collect all states first, since a trial changes the world. */
	for (int model = 0; model < POWER_MODELS; model++) {
		uint64_t digest;

		power_tree(&disk[model], model);
		world_mailbox(&disk[model]);
		digest = tree_digest(&disk[model]);
		/* The states after the first failure are divided among the workers. */
		/* A state tried with fewer failures after it counts as not tried. */
		tried[model] = seen_before(digest + (unsigned)times) ||
			       (*before == '\0' && digest % stride != offset % stride);
	}
	for (int model = 0; model < POWER_MODELS; model++) {
		snprintf(where, sizeof where, "%sthe power goes at change %lu (%s); ", before, k,
			power_name(model));
		if (!tried[model])
			power_back(&disk[model], where, times);
		tree_free(&disk[model]);
	}
}

/* The power fails before each call of a drain that changes a file. */
static void
power_from(const struct tree *from, const char *before, int times)
{
	unsigned long calls;

	world_restore(from);
	calls = count(changing_calls);
	for (unsigned long k = 1; k <= calls; k++) {
		struct strike s = {
			.calls = changing_calls, .deed = KILL, .at = k, .watch = power_watch};

		world_restore(from);
		power_begin();
		run_struck(victim, &s);
		power_end();
		power_leaves(before, k, times);
	}
}

static void
attack_power(char **args)
{
	struct tree start = {0};

	world_reset();
	world_save(&start);
	power_from(&start, "", args[0] != NULL ? (int)number_of(args[0]) : 1);
	states = 0; /* the points are counted instead */
	tree_free(&start);
}

/* Replace {port} in the command by the port of the relay. */
static void
set_port(int port)
{
	for (char **arg = victim; *arg != NULL; arg++) {
		const char *at = strstr(*arg, "{port}");

		if (at != NULL &&
			asprintf(arg, "%.*s%d%s", (int)(at - *arg), *arg, port, at + 6) == -1)
			err(71, "out of memory");
	}
}

static void
attack_cut(char **args)
{
	long octets, came;
	char where[256];

	if (args[0] == NULL)
		errx(64, "cut: which port?");
	set_port(relay_open((int)number_of(args[0])));
	/* A run that is not killed can write its records, so no message may be doubled. */
	through_relay = world_strict = true;
	world_reset();
	if (run_cut(victim, -1, &octets) != 0)
		errx(70, "an undisturbed run fails");
	for (long n = 0; n < octets; n++) {
		if (!mine())
			continue;
		world_reset();
		snprintf(where, sizeof where, "cut after octet %ld", n);
		run_cut(victim, n, &came);
		score.points++;
		score.never += came != n;
		check_all(where);
	}
}

const struct attack attacks[] = {
	{"cut", attack_cut},
	{"fail", attack_fail},
	{"kill", attack_kill},
	{"mark", attack_mark},
	{"power", attack_power},
	{"reader", attack_reader},
	{"short", attack_short},
	{"signal", attack_signal},
	{"twice", attack_twice},
	{"unstuffed", attack_unstuffed},
	{NULL, NULL},
};
