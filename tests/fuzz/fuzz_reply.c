/* Replies, then a block, from one stream of octets: accepted input fits the rules, other input ends the connection. */
#include <string.h>

#include "blocks.h"
#include "wire/reply.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct reply_rule rules[] = {
		{reply_judge_smtp, 200}, {reply_judge_nntp, 100}, {reply_judge_pop, 100}};
	const char *p = (const char *)data + 1;
	const struct reply_rule *rule;
	struct reply r = {0};
	struct err e = {0};
	struct conn *c;

	if (n == 0)
		return 0;
	rule = &rules[data[0] % 3];
	c = heard(p, n - 1);
	while (reply_read(c, rule, 0, &r, &e) == 0) {
		MUST(r.code != 0 && r.text.len <= rule->limit && !c->dead);
		MUST(strlen(reply_words(&r)) <= r.text.len);
	}
	MUST(c->dead && (e.status == EX_PROTOCOL || e.status == EX_TEMPFAIL));
	reply_free(&r);
	conn_close(c);
	same_blocks(p, n - 1, BLOCK_PLAIN);
	return 0;
}
