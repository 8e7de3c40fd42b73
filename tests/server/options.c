/* options.c - see options.h. */
#include "options.h"

#include <bsd/stdlib.h>
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
	"usage: testserver script [options] FILE | -e LINE...\n"
	"       testserver folder --dir DIR [options] --nntp|--pop|--smtp|--lmtp...\n"
	"where:   --listen --listen6 --listen-unix PATH (script; default: stdin and stdout)\n"
	"         --nntp --nntps --pop --pops --smtp --smtps --lmtp --lmtp-unix PATH (folder)\n"
	"         --v6 (folder: the doors that follow) --stdio (folder: its one door is stdin)\n"
	"both:    --daemon --idle SECONDS --parent PID --log FILE --record FILE\n"
	"         --segments FILE --cert FILE --key FILE --client-ca FILE --priority STRING\n"
	"         --ocsp FILE --tickets\n"
	"script:  --tls\n"
	"folder:  --user NAME --password PASS --require-auth --starttls --no-pipelining\n"
	"         --no-chunking --discard --size OCTETS --lock-wait MS\n"
	"         --unstuffed FILE --compress deflate|gzip|terminator|xzver|none\n";

enum {
	O_LISTEN = 256,
	O_LISTEN6,
	O_LISTEN_UNIX,
	O_DOOR,
	O_DOORS,
	O_LMTP_UNIX,
	O_V6,
	O_STDIO,
	O_DAEMON,
	O_IDLE,
	O_PARENT,
	O_LOG,
	O_RECORD,
	O_SEGMENTS,
	O_CERT,
	O_KEY,
	O_CLIENT_CA,
	O_PRIORITY,
	O_OCSP,
	O_TICKETS,
	O_TLS,
	O_DIR,
	O_USER,
	O_PASSWORD,
	O_REQUIRE_AUTH,
	O_STARTTLS,
	O_NO_PIPELINING,
	O_NO_CHUNKING,
	O_DISCARD,
	O_SIZE,
	O_LOCK_WAIT,
	O_UNSTUFFED,
	O_COMPRESS
};

static const struct option longs[] = {
	{"listen", no_argument, NULL, O_LISTEN},
	{"listen6", no_argument, NULL, O_LISTEN6},
	{"listen-unix", required_argument, NULL, O_LISTEN_UNIX},
	{"nntp", no_argument, NULL, O_DOOR},
	{"nntps", no_argument, NULL, O_DOORS},
	{"pop", no_argument, NULL, O_DOOR},
	{"pops", no_argument, NULL, O_DOORS},
	{"smtp", no_argument, NULL, O_DOOR},
	{"smtps", no_argument, NULL, O_DOORS},
	{"lmtp", no_argument, NULL, O_DOOR},
	{"lmtp-unix", required_argument, NULL, O_LMTP_UNIX},
	{"v6", no_argument, NULL, O_V6},
	{"stdio", no_argument, NULL, O_STDIO},
	{"daemon", no_argument, NULL, O_DAEMON},
	{"idle", required_argument, NULL, O_IDLE},
	{"parent", required_argument, NULL, O_PARENT},
	{"log", required_argument, NULL, O_LOG},
	{"record", required_argument, NULL, O_RECORD},
	{"segments", required_argument, NULL, O_SEGMENTS},
	{"cert", required_argument, NULL, O_CERT},
	{"key", required_argument, NULL, O_KEY},
	{"client-ca", required_argument, NULL, O_CLIENT_CA},
	{"priority", required_argument, NULL, O_PRIORITY},
	{"ocsp", required_argument, NULL, O_OCSP},
	{"tickets", no_argument, NULL, O_TICKETS},
	{"tls", no_argument, NULL, O_TLS},
	{"dir", required_argument, NULL, O_DIR},
	{"user", required_argument, NULL, O_USER},
	{"password", required_argument, NULL, O_PASSWORD},
	{"require-auth", no_argument, NULL, O_REQUIRE_AUTH},
	{"starttls", no_argument, NULL, O_STARTTLS},
	{"no-pipelining", no_argument, NULL, O_NO_PIPELINING},
	{"no-chunking", no_argument, NULL, O_NO_CHUNKING},
	{"discard", no_argument, NULL, O_DISCARD},
	{"size", required_argument, NULL, O_SIZE},
	{"lock-wait", required_argument, NULL, O_LOCK_WAIT},
	{"unstuffed", required_argument, NULL, O_UNSTUFFED},
	{"compress", required_argument, NULL, O_COMPRESS},
	{NULL, 0, NULL, 0},
};

static long long
number(const char *text, const char *name)
{
	const char *bad;
	long long n = strtonum(text, 0, 1LL << 50, &bad);

	if (bad != NULL)
		errx(64, "--%s %s: %s", name, text, bad);
	return n;
}

static struct door *
add_door(struct options *o, const char *name)
{
	static const char *const names[] = {"nntp", "pop", "smtp", "lmtp"};
	struct door *d;
	int i;

	if (o->ndoors == (int)(sizeof(o->doors) / sizeof(o->doors[0])))
		errx(64, "too many doors");
	d = &o->doors[o->ndoors++];
	memset(d, 0, sizeof(*d));
	d->name = name;
	d->fd = -1;
	for (i = 0; i < 4; i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			d->proto = (enum proto)i;
	return d;
}

/* Options that name the places where clients come from. False: c is another option. */
static bool
door_option(struct options *o, int c, const char *name, bool *v6)
{
	struct door *d;

	switch (c) {
	case O_LISTEN:
	case O_LISTEN6: add_door(o, "")->v6 = c == O_LISTEN6; return true;
	case O_LISTEN_UNIX: add_door(o, "")->path = optarg; return true;
	case O_LMTP_UNIX: add_door(o, "lmtp")->path = optarg; return true;
	case O_V6: *v6 = true; return true;
	case O_STDIO: o->doors[0].fd = 0; return true;
	case O_DOOR:
	case O_DOORS:
		d = add_door(o, name);
		d->tls = c == O_DOORS;
		d->v6 = *v6;
		return true;
	default: return false;
	}
}

/* Options that only set a field. */
static void
plain_option(struct options *o, int c, const char *name)
{
	switch (c) {
	case O_DAEMON: o->daemon = true; break;
	case O_IDLE: o->idle = number(optarg, name); break;
	case O_PARENT: o->parent = number(optarg, name); break;
	case O_LOG: o->log = optarg; break;
	case O_RECORD: o->record = optarg; break;
	case O_SEGMENTS: o->segments = optarg; break;
	case O_CERT: o->tls.cert = optarg; break;
	case O_KEY: o->tls.key = optarg; break;
	case O_CLIENT_CA: o->tls.client_ca = optarg; break;
	case O_PRIORITY: o->tls.priority = optarg; break;
	case O_OCSP: o->tls.ocsp = optarg; break;
	case O_TICKETS: o->tls.tickets = true; break;
	case O_TLS: o->implicit = true; break;
	case O_DIR: o->dir = optarg; break;
	case O_USER: o->user = optarg; break;
	case O_PASSWORD: o->password = optarg; break;
	case O_REQUIRE_AUTH: o->require_auth = true; break;
	case O_STARTTLS: o->starttls = true; break;
	case O_NO_PIPELINING: o->no_pipelining = true; break;
	case O_NO_CHUNKING: o->no_chunking = true; break;
	case O_DISCARD: o->discard = true; break;
	case O_SIZE: o->size = number(optarg, name); break;
	case O_LOCK_WAIT: o->lock_wait = number(optarg, name); break;
	case O_UNSTUFFED: o->unstuffed = optarg; break;
	case O_COMPRESS: o->compress = optarg; break;
	default: errx(64, "%s", usage_text);
	}
}

void
options_parse(struct options *o, int argc, char **argv)
{
	bool folder = argc > 1 && strcmp(argv[1], "folder") == 0, v6 = false;
	int c, at, lines = 0;

	memset(o, 0, sizeof(*o));
	o->idle = folder ? 600 : 60;
	o->size = 1LL << 30;
	o->lock_wait = 1000;
	o->compress = "deflate";
	o->doors[0].fd = -1;
	if (argc < 2 || (!folder && strcmp(argv[1], "script") != 0))
		errx(64, "%s", usage_text);
	optind = 2;
	while ((c = getopt_long(argc, argv, "e:", longs, &at)) != -1) {
		if (c == 'e')
			script_line(&o->script, ++lines, optarg);
		else if (!door_option(o, c, longs[at].name, &v6))
			plain_option(o, c, longs[at].name);
	}
	if (!folder && optind < argc)
		script_file(&o->script, argv[optind++]);
	if (optind < argc)
		errx(64, "too many arguments: %s", argv[optind]);
	if (!folder)
		script_done(&o->script);
	if (folder && (o->dir == NULL || o->ndoors == 0))
		errx(64, "%s", usage_text);
}
