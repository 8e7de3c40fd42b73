/*
 * attack.c - runs a drain again and again, each time struck at another point, and compares.
 *
 * usage: attack [-m] [-s STRIDE] [-o OFFSET] DIR KIND [ARGUMENT...] -- COMMAND [ARGUMENT...]
 *
 * The working directory is a world (lib.bash): the messages are in keep/, the server's copies in DIR,
 * all of them now. COMMAND drains them into Mail/, with its journal in state/. After each attack it
 * is run again, undisturbed, and then each message must be in the Maildir exactly once, octet for
 * octet, and gone from the server. Only the points number OFFSET, OFFSET + STRIDE, ... are tried.
 *
 *   kill             killed in front of each system call
 *   signal           SIGTERM in front of each system call: it must die by that, or end well
 *   unstuffed FILE N the server does not dot-stuff the message whose number stands in FILE: 1 to N
 *   twice            ... and the second run as well, for every state that the first can leave
 *   fail ERROR...    each call that has to do with files fails with each of the errors
 *   short            of each write only half is written: no file can grow beyond that
 *   reader           at each call a mail reader moves what is in new/ to cur/; the run goes on, or
 *                    is killed there
 *   cut PORT         the connection to the server at PORT is cut after every octet in turn; {port} in
 *                    COMMAND becomes the port to connect to
 *
 *   power [TIMES]    in front of each call the power goes: of what was not synced names and octets,
 *                    in tmp/ and elsewhere, of messages and journal, have survived, have not, or
 *                    in part, in all combinations; 2 TIMES: and again while the next run recovers
 *
 * -m: the drain goes into mbox. There a message may come to stand twice: when the run ended, or its record
 * could not be written, after the mbox was synced and unlocked. It must never be lost, nor stand there by half.
 *
 * Prints "POINTS NEVER LOST DOUBLED WRONG STATES": points tried, those that did not come, findings,
 * and the states after a first kill.
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

/* Options; then the arguments of the attack, ended by NULL, and the victim. The former. */
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
