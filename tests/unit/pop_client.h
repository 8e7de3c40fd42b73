/* pop_client: a client of a POP3 server that replies by a script over a socket pair. */
#ifndef UNIT_POP_CLIENT_H
#define UNIT_POP_CLIENT_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "check.h"
#include "client/client.h"
#include "proto/pop.h"

/* A command that must come next, and the server's reply. */
struct pop_step {
	const char *command, *reply;
};

/* The server, in a child process. Exit status 0: it received exactly the commands of the script. */
static inline void
pop_serve(int fd, const struct pop_step *script)
{
	FILE *in = fdopen(fd, "r");
	char line[256];

	for (; script->command != NULL; script++) {
		if (fgets(line, sizeof line, in) == NULL)
			_exit(1);
		line[strcspn(line, "\r\n")] = '\0';
		if (strcmp(line, script->command) != 0) {
			fprintf(stderr, "\tgot  [%s]\n\twant [%s]\n", line, script->command);
			_exit(2);
		}
		if (write(fd, script->reply, strlen(script->reply)) == -1)
			_exit(3);
	}
	_exit(fgets(line, sizeof line, in) == NULL ? 0 : 4);
}

/* A client that has logged in at this server. */
static inline pid_t
pop_client_begin(struct client *c, const struct pop_step *script)
{
	static const struct client_config config;
	static const struct client_events none;
	struct reply greeting = {.code = '+'};
	struct err e = {0};
	struct pop *p;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1 || (pid = fork()) == -1)
		abort();
	if (pid == 0) {
		close(ends[0]);
		pop_serve(ends[1], script);
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*c = (struct client){
		.ops = &pop_client, .config = &config, .events = &none, .one_shot = true};
	c->conn = mem_zalloc(sizeof *c->conn);
	c->conn->fd = ends[0];
	c->conn->timeout = 10000;
	c->conn->cap = 64;
	c->conn->in = mem_alloc(c->conn->cap);
	c->q = cmdq_new(c->conn, &pop_rule);
	CHECK(pop_new(c->q, &greeting, &p, &e) == 0);
	p->caps.known = p->caps.top = c->q->pipelining = true;
	c->proto = p;
	return pid;
}

/* Close the connection. The server has received exactly the commands of its script. */
static inline void
pop_client_end(struct client *c, pid_t pid)
{
	struct err ignored = {0};
	int status;

	c->conn->dead = true;
	client_close(c, false, &ignored);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
