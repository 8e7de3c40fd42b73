/* attack: a command is run again and again, each time struck at another point. See attack.c. */
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
extern const struct attack attacks[]; /* ended by one without a name */

extern char **victim;                /* what is run */
extern unsigned long stride, offset; /* the points that are tried */
extern unsigned long states;         /* after a first kill */

/* Parse a numeric argument; an invalid number ends the program. */
unsigned long number_of(const char *text);

/* ---- struck.c: one run, struck at a system call ---- */

enum deed {
	COUNT, /* nothing happens */
	KILL,  /* SIGKILL before the call */
	TERM,  /* SIGTERM before the call, which is then made */
	FAIL,  /* the call fails and does nothing */
	SHORT, /* it writes half of its octets, and from then on no file grows beyond that size */
	PAUSE  /* meanwhile() runs before the call does */
};

struct strike {
	const int *calls; /* the numbers of the calls that count, ended by -1; NULL: all do */
	enum deed deed;
	unsigned long at; /* at the at-th of them, from 1 */
	int error;        /* FAIL: with this errno */
	void (*meanwhile)(void);
	void (*watch)(pid_t pid, int call, int first); /* sees each call and its first argument */
	/* Of the run: */
	unsigned long seen; /* calls that counted */
	int call;           /* the number of the one that was struck, or -1: it never came */
};

/* The calls that have to do with files; those that can change something, here or at the server. */
extern const int file_calls[], changing_calls[], write_calls[];

/* Start the command; its input is empty, its output goes to "out" and "err". The pid. */
pid_t start(char *const *command);
/* Run it to its end; the status of waitpid(2). */
int run(char *const *command);
int run_struck(char *const *command, struct strike *s);
/* Wait for the end of pid. */
int finish(pid_t pid);

/* ---- cut.c: one run through a relay ---- */

/* Listen on a free port of 127.0.0.1 for connections to be passed on to server. The port. */
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

/* Add what path holds, and path itself if `whole`. Nothing is added if it is not there. */
void tree_read(struct tree *t, const char *path, bool whole);
/* Make all of it again, with owners and times. */
void tree_write(const struct tree *t);
void tree_free(struct tree *t);
void tree_add(struct tree *t, const char *path, const char *p, size_t n);
void tree_add_dir(struct tree *t, const char *path);
/* All octets of a file, to be freed by the caller; NULL: the file was removed meanwhile. */
char *read_file(const char *path, size_t *n);
/* Remove what path holds, and path itself if `whole`. */
void tree_remove(const char *path, bool whole);
/* A digest of names and octets, without random names (in tmp/), times and values of this world alone. */
uint64_t tree_digest(const struct tree *t);
/* Call each for every file below path: its octets. */
void each_file(const char *path, void (*each)(const char *p, size_t n));

/* ---- mbox.c ---- */

/* Call each for every message in an mbox, as it was before it was put there. */
void each_in_mbox(const char *path, void (*each)(const char *p, size_t n));

/* ---- world.c: mailbox and Maildir, and the conditions that they must meet ---- */

struct score {
	unsigned long points, never, lost, doubled, wrong;
};
extern struct score score;
extern bool world_mbox;   /* it is drained into an mbox */
extern bool world_strict; /* nothing may stand in that twice */

/* The messages are in keep/, the mailbox is in the directory `server` and full now. */
void world_open(const char *server);
/* A full mailbox, no Maildir, no journal. */
void world_reset(void);
void world_save(struct tree *t);
/* Add the mailbox as it is, once the server has ended its sessions. */
void world_mailbox(struct tree *t);
bool world_is_ours(const char *name);
void world_restore(const struct tree *t);
/* During a run: no message is lost, and none exists twice. */
void check_middle(const char *where);
/* After an undisturbed run: every message is stored once, and no temporary files are left. */
void check_end(const char *where);
/* Report a finding with its evidence on stderr. */
void complain(const char *what, const char *where);
/* Act as a mail reader: move all messages from new/ to cur/. */
void world_read_mail(void);

/* ---- power.c: the files of a run after a power failure ---- */

#define POWER_MODELS 64

/* All present files are on the disk. */
void power_begin(void);
/* For strike.watch. */
void power_watch(pid_t pid, int call, int fd);
/* The run is over. */
void power_end(void);
/* Add what survives, by this model. */
void power_tree(struct tree *t, int model);
const char *power_name(int model);

#endif
