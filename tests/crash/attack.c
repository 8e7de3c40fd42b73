/*
 * attack.c - run a drain again and again, disturb each run at another point, and compare the results.
 *
 * usage: attack [-m] [-s STRIDE] [-o OFFSET] DIR KIND [ARGUMENT...] -- COMMAND [ARGUMENT...]
 *
 * The working directory is a world (lib.bash): keep/ has the messages, and DIR, the mailbox of the server,
 * has a copy of each. COMMAND drains the mailbox into Mail/, with its journal in state/. After each attack
 * COMMAND is run again undisturbed. Then each message must be in the Maildir exactly once, octet for octet,
 * and gone from the server. If Mail/ or mbox and state/ exist at first, each attack begins with them. Only the points
 * OFFSET, OFFSET + STRIDE, ... are tried.
 *
 *   kill             kill the run before each system call in turn
 *   signal           SIGTERM before each system call: the run must die by the signal, or succeed
 *   unstuffed FILE N the server does not dot-stuff the message whose number is in FILE: 1 to N in turn
 *   twice            as kill, and the second run is killed, too, for every state that the first can leave
 *   fail ERROR...    each call that concerns files fails with each of the errors
 *   short            each write writes only half of its octets, and no file can grow beyond that
 *   mark             COMMAND with mark in place of drain is killed at each call, or the call fails; then drain
 *                    loses and doubles nothing, and stores nothing once mark has ended well
 *   reader           at each call a mail reader moves all messages from new/ to cur/; then the run goes on,
 *                    or is killed
 *   cut PORT         cut the connection to the server at PORT after every octet in turn; {port} in COMMAND
 *                    is replaced by the port to connect to
 *   power [TIMES]    the power fails before each call in turn. Names and octets that were not synced, in tmp/
 *                    and elsewhere, of messages and journal, survive, are lost, or survive in part, in all
 *                    combinations. With TIMES 2 the power fails again during the next run.
 *
 * -m: the destination is the file mbox. A message may be in it twice if the run ended, or its record could
 * not be written, after the mbox was synced and unlocked. A message must never be lost or incomplete.
 *
 * Prints "POINTS NEVER LOST DOUBLED WRONG STATES": points tried, points after the end of the run, findings
 * of three kinds, and the number of states after a first kill.
 */
#include "attack.h"

#include <bsd/stdlib.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

unsigned long
number_of(const char *text)
{
	const char *why;
	long long v = strtonum(text, 0, LONG_MAX, &why);

	if (why != NULL)
		errx(64, "%s: %s", text, why);
	return (unsigned long)v;
}

/* Parse the options, the arguments of the attack and the command (`victim`). Returns the arguments, ended by NULL. */
static char **
arguments(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+ms:o:")) != -1)
		if (c == 's')
			stride = number_of(optarg);
		else if (c == 'o')
			offset = number_of(optarg);
		else if (c == 'm')
			world_mbox = true;
		else
			exit(64);
	for (victim = argv + optind; *victim != NULL && strcmp(*victim, "--") != 0; victim++)
		;
	if (stride == 0 || victim - argv - optind < 2 || *victim == NULL || victim[1] == NULL)
		errx(64, "usage: attack [-m] [-s STRIDE] [-o OFFSET] DIR KIND [ARGUMENT...] -- "
			 "COMMAND "
			 "...");
	*victim++ = NULL;
	return argv + optind;
}

int
main(int argc, char **argv)
{
	char **args = arguments(argc, argv);
	const struct attack *a = attacks;

	while (a->name != NULL && strcmp(a->name, args[1]) != 0)
		a++;
	if (a->name == NULL)
		errx(64, "%s: unknown attack", args[1]);
	world_open(args[0]);
	a->run(args + 2);
	printf("%lu %lu %lu %lu %lu %lu\n", score.points, score.never, score.lost, score.doubled,
		score.wrong, states);
	return 0;
}
