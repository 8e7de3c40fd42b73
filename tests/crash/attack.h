/* attack: run a command again and again, and disturb each run at another point. See attack.c. */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- attacks.c ---- */

struct attack {
	const char *name;
	void (*run)(char **args);
};
extern const struct attack attacks[]; /* the last one has no name */

extern char **victim;                /* the command that is attacked */
extern unsigned long stride, offset; /* points offset, offset + stride, ... are tried */
extern unsigned long states;         /* number of different states after a first kill */

/* Parse a numeric argument; an invalid number ends the program. */
unsigned long number_of(const char *text);

/* ---- struck.c: one run, disturbed at a system call ---- */

enum deed {
	COUNT, /* only count the calls */
	KILL,  /* SIGKILL before the call */
	TERM,  /* SIGTERM before the call, which is still made */
	FAIL,  /* the call fails and does nothing */
	SHORT, /* the call writes half of its octets, and later no file can grow beyond that size */
	PAUSE  /* meanwhile() runs before the call */
};

struct strike {
	const int *calls; /* the system calls that are counted, ended by -1; NULL: all */
	enum deed deed;
	unsigned long at; /* the number of the counted call to disturb, from 1 */
	int error;        /* FAIL: with this errno */
	void (*meanwhile)(void);
	void (*watch)(
		pid_t pid, int call, int first); /* called for each call with its first argument */
	/* Results of the run: */
	unsigned long seen; /* number of counted calls */
	int call;           /* the system call that was disturbed; -1: the run ended before */
};

/* The calls that concern files; those that can change a file or something on the server; those that write. */
extern const int file_calls[], changing_calls[], write_calls[];

/* Start the command with empty input and its output in "out" and "err". Returns the pid. */
pid_t start(char *const *command);
/* Run the command to its end. Returns the status of waitpid(2). */
int run(char *const *command);
int run_struck(char *const *command, struct strike *s);
/* Wait for the end of pid. */
int finish(pid_t pid);

/* ---- cut.c: one run through a relay ---- */

/* Listen on a free port of 127.0.0.1 and forward connections to the port `server`. Returns the port. */
int relay_open(int server);
/*
 * Run the command and cut its connection with RST after the server has sent cut octets (-1: never).
 * *octets gets the number of octets that the server sent.
 */
int run_cut(char *const *command, long cut, long *octets);

/* ---- tree.c: directories in memory ---- */

struct tree {
	struct entry *entries;
	size_t n, room;
};

/* Add the content of path, and path itself if `whole`. Nothing is added if path does not exist. */
void tree_read(struct tree *t, const char *path, bool whole);
/* Create all files again, with owners and times. */
void tree_write(const struct tree *t);
void tree_free(struct tree *t);
void tree_add(struct tree *t, const char *path, const char *p, size_t n);
void tree_add_dir(struct tree *t, const char *path);
/* All octets of a file, to be freed by the caller; NULL: the file was removed meanwhile. */
char *read_file(const char *path, size_t *n);
/* Remove the content of path, and path itself if `whole`. */
void tree_remove(const char *path, bool whole);
/* A digest of names and octets. Random names (in tmp/), times, and values that differ between worlds are left out. */
uint64_t tree_digest(const struct tree *t);
/* Call `each` with the octets of every file below path. */
void each_file(const char *path, void (*each)(const char *p, size_t n));

/* ---- mbox.c ---- */

/* Call `each` with every message in an mbox, its quoting undone. */
void each_in_mbox(const char *path, void (*each)(const char *p, size_t n));

/* ---- world.c: mailbox and Maildir, and the conditions that they must meet ---- */

struct score {
	unsigned long points, never, lost, doubled, wrong;
};
extern struct score score;
extern bool world_mbox;   /* the destination is an mbox */
extern bool world_strict; /* no message may be in the mbox twice */

/* Open the world: the messages are in keep/, and the mailbox in the directory `server` holds them all. */
void world_open(const char *server);
/* Reset the world: a full mailbox, and Maildir, mbox and journal as at first (mostly: none). */
void world_reset(void);
void world_save(struct tree *t);
/* Add the files of the mailbox, after the server has ended its sessions. */
void world_mailbox(struct tree *t);
bool world_is_ours(const char *name);
void world_restore(const struct tree *t);
/* During a run: no message is lost, and none exists twice. */
void check_middle(const char *where);
/* After an undisturbed run: every message is stored once, and no temporary files are left. */
void check_end(const char *where);
/* After a run that must not store: every message is on the server, and none is stored. */
void check_untouched(const char *where);
/* Report a finding with its evidence on stderr. */
void complain(const char *what, const char *where);
/* Act as a mail reader: move all messages from new/ to cur/. */
void world_read_mail(void);

/* ---- power.c: the files of a run after a power failure ---- */

#define POWER_MODELS 64

/* All present files are on the disk. */
void power_begin(void);
/* A function for strike.watch. */
void power_watch(pid_t pid, int call, int fd);
/* To be called after the run. */
void power_end(void);
/* Add the files that survive the power failure in this model. */
void power_tree(struct tree *t, int model);
const char *power_name(int model);

#endif
