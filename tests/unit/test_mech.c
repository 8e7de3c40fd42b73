#include "auth/mech.h"

#include "auth/password.h"
#include "base/err.h"
#include "check.h"

static char name[] = "me", word[] = "sesam", from[] = "~/.netrc";
static struct creds creds = {.user = name, .password = word, .from = from};
static struct mech_terms terms = {.creds = &creds};
static struct mech_offer offer;
static struct mech_pick pick;
static struct err e;

/* The name of the chosen mechanism, or NULL with e. */
static const char *
choose(const char *offered, const char *wanted)
{
	err_clear(&e);
	offer.mechs = offered;
	return mech_choose(&offer, wanted, &terms, &pick, &e) == 0 ? pick.name : NULL;
}

/* A refusal of the login by the chosen mechanism, with the explanation. */
static const char *
explained(void)
{
	err_set(&e, EX_NOPERM, "535 no");
	mech_explain(&pick, &creds, &e);
	return e.text;
}

#define ALL                                                                          \
	"ANONYMOUS login PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS " \
	"SCRAM-SHA-256-PLUS EXTERNAL XOAUTH2 OAUTHBEARER DIGEST-MD5 NTLM GSSAPI X-NEW"

static void
test_order(void)
{
	terms = (struct mech_terms){.creds = &creds, .binding = true};
	CHECK_STR(choose(ALL, NULL), "SCRAM-SHA-256-PLUS");
	CHECK(!pick.asked && pick.kind == MECH_SASL);
	CHECK_STR(choose("SCRAM-SHA-256 SCRAM-SHA-1-PLUS", NULL), "SCRAM-SHA-1-PLUS");
	terms.binding = false;
	CHECK_STR(choose(ALL, NULL), "SCRAM-SHA-256");
	CHECK_STR(choose("PLAIN SCRAM-SHA-1 CRAM-MD5", NULL), "SCRAM-SHA-1");
	CHECK_STR(choose("PLAIN CRAM-MD5", NULL), "CRAM-MD5");
	CHECK_STR(choose("LOGIN PLAIN", NULL), "PLAIN");
	CHECK_STR(choose("login", NULL), "LOGIN");
	CHECK_STR(explained(), "535 no (user 'me', password from ~/.netrc; if the password is "
			       "right, try --auth plain)");
	CHECK_STR(choose("PLAIN", NULL), "PLAIN");
	CHECK_STR(explained(), "535 no (user 'me', password from ~/.netrc)");
	CHECK(choose("ANONYMOUS XOAUTH2 OAUTHBEARER DIGEST-MD5 NTLM GSSAPI EXTERNAL", NULL) ==
		NULL);
	CHECK(e.status == EX_NOPERM);
	CHECK(choose("PLAINX XPLAIN PLAI", NULL) == NULL && e.status == EX_NOPERM);
	CHECK(choose("", NULL) == NULL && e.status == EX_NOPERM);
	CHECK(choose(NULL, NULL) == NULL && e.status == EX_NOPERM);
	terms.client_cert = true;
	CHECK_STR(choose("EXTERNAL PLAIN", NULL), "PLAIN");
	creds.password = NULL;
	CHECK_STR(choose("EXTERNAL PLAIN", NULL), "EXTERNAL");
	CHECK(choose("PLAIN", NULL) == NULL && e.status == EX_NOPERM);
	CHECK_STR(e.text, "no password for me");
	creds.password = word;
}

/* A mechanism that failed is skipped. want_tls is set if only TLS is missing. */
static void
test_next(void)
{
	terms = (struct mech_terms){.creds = &creds};
	offer = (struct mech_offer){.failed = "PLAIN CRAM-MD5 "};
	CHECK_STR(choose("PLAIN LOGIN CRAM-MD5", NULL), "LOGIN");
	CHECK_STR(choose("PLAIN LOGIN", "plain,login"), "LOGIN");
	CHECK(choose("PLAIN", "plain") == NULL && e.status == EX_NOPERM);
	offer.unlisted = true;
	CHECK(choose("", "plain") == NULL && e.status == EX_NOPERM);
	offer = (struct mech_offer){0};
	CHECK(choose("", NULL) == NULL && pick.want_tls);
	CHECK(choose("LOGIN", "plain") == NULL && pick.want_tls);
	CHECK(choose(ALL, "scram-sha-256-plus,external") == NULL && pick.want_tls);
	creds.password = NULL;
	CHECK(choose("PLAIN", NULL) == NULL && !pick.want_tls);
	creds.password = word;
}

static void
test_user(void)
{
	terms = (struct mech_terms){.creds = &creds};
	offer = (struct mech_offer){.user = true, .apop = true};
	CHECK_STR(choose("", NULL), "USER");
	CHECK(pick.kind == MECH_USER);
	CHECK_STR(choose("PLAIN", NULL), "PLAIN");
	CHECK_STR(choose("PLAIN", "user"), "USER");
	CHECK_STR(choose("PLAIN", "+apop"), "APOP");
	CHECK(pick.kind == MECH_APOP);
	CHECK_STR(choose("PLAIN", "rpop"), "RPOP");
	CHECK(pick.kind == MECH_RPOP);
	offer.user_first = true;
	CHECK_STR(choose("PLAIN", NULL), "USER");
	/* AUTHINFO USER may succeed with the name alone. */
	creds.password = NULL;
	CHECK_STR(choose("PLAIN", NULL), "USER");
	offer.user_first = false;
	CHECK(choose("PLAIN", NULL) == NULL && e.status == EX_NOPERM);
	creds.password = word;
	/* Unknown names from the server are never chosen. */
	offer = (struct mech_offer){0};
	CHECK(choose("USER APOP", NULL) == NULL);
	CHECK(choose("USER APOP", "apop") == NULL);
	CHECK(choose("USER APOP", "user") == NULL);
}

static void
test_wanted(void)
{
	terms = (struct mech_terms){.creds = &creds};
	offer = (struct mech_offer){0};
	CHECK_STR(choose(ALL, "login,plain"), "LOGIN");
	CHECK_STR(choose("PLAIN", "login,plain"), "PLAIN");
	CHECK(choose("PLAIN", "login") == NULL && e.status == EX_NOPERM);
	CHECK(strstr(e.text, "login") != NULL);
	CHECK(choose(ALL, "scram-sha-256-plus") == NULL && strstr(e.text, "binding") != NULL);
	CHECK(choose(ALL, "external") == NULL && strstr(e.text, "certificate") != NULL);
	CHECK_STR(choose(ALL, "digest-md5"), "DIGEST-MD5");
	CHECK_STR(choose(ALL, "gssapi"), "GSSAPI");
	CHECK(choose("", "plain") == NULL);
	offer.unlisted = true;
	CHECK_STR(choose("", "plain"), "PLAIN");
	CHECK(choose("", NULL) == NULL);
	offer.unlisted = false;
	terms.command = true;
	CHECK_STR(choose(ALL, "X-New"), "X-NEW");
	CHECK(pick.command);
	offer.user = true;
	CHECK_STR(choose(ALL, "user"), "USER");
	CHECK(!pick.command);
	CHECK(mech_check("plain,SCRAM-SHA-1-plus,+apop", false, &e) == 0);
	CHECK(mech_check("none", false, &e) == 0);
	CHECK(mech_check(NULL, false, &e) == 0);
	CHECK(mech_check("x-new", true, &e) == 0);
	CHECK(mech_check("x-new", false, &e) == -1 && e.status == EX_USAGE);
	CHECK(mech_check(NULL, true, &e) == -1 && e.status == EX_USAGE);
	CHECK(mech_check("", false, &e) == -1 && e.status == EX_USAGE);
	CHECK(mech_check("plain,", false, &e) == -1 && e.status == EX_USAGE);
	CHECK(mech_check("plain login", true, &e) == -1 && e.status == EX_USAGE);
	CHECK(mech_check("a-name-of-21-letters-", true, &e) == -1 && e.status == EX_USAGE);
	CHECK(mech_no_creds("gssapi") && mech_no_creds("plain,external") && mech_no_creds("x-new"));
	CHECK(!mech_no_creds("plain") && !mech_no_creds("rpop") && !mech_no_creds("oauthbearer"));
	CHECK(!mech_no_creds("none") && !mech_no_creds(NULL));
	CHECK(mech_no_password("external,GSSAPI") && mech_no_password("rpop"));
	CHECK(!mech_no_password("external,plain") && !mech_no_password(NULL));
	CHECK(mech_no_user("oauthbearer") && !mech_no_user("rpop") && !mech_no_user(NULL));
	CHECK(!mech_no_user("oauthbearer,plain") && !mech_no_user("none"));
	CHECK(mech_is_none("None") && !mech_is_none("plain") && !mech_is_none(NULL));
}

static void
test_creds(void)
{
	char boss[] = "boss", latin1[] = "s\344", bell[] = "s\007";

	terms = (struct mech_terms){.creds = &creds};
	offer = (struct mech_offer){0};
	creds.authzid = boss;
	CHECK_STR(choose("CRAM-MD5 PLAIN LOGIN", NULL), "PLAIN");
	CHECK(choose("CRAM-MD5", "cram-md5") == NULL && strstr(e.text, "authzid") != NULL);
	creds.authzid = NULL;
	creds.password = latin1;
	CHECK_STR(choose("SCRAM-SHA-256 CRAM-MD5 PLAIN", NULL), "PLAIN");
	CHECK(choose("SCRAM-SHA-256", NULL) == NULL && e.status == EX_DATAERR);
	creds.password = bell;
	CHECK(choose("SCRAM-SHA-256", "scram-sha-256") == NULL && e.status == EX_DATAERR);
	creds.password = word;
	creds.user = NULL;
	CHECK(choose("PLAIN", NULL) == NULL && e.status == EX_NOPERM);
	CHECK_STR(choose(ALL, "oauthbearer"), "OAUTHBEARER");
	creds.user = name;
}

int
main(void)
{
	test_order();
	test_next();
	test_user();
	test_wanted();
	test_creds();
	return check_done();
}
